export const counted = (count, unit) => `${count} ${unit}`;
