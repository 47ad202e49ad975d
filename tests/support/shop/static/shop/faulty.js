export function widget( {
