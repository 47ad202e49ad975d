// @ts-check
/** Whether people can tell the series' colours from one another and from the page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { SERIES_COLOURS, seriesProperty } from "#stickyboard/page/palette.js";

const [dark, light] = readFileSync(new URL("../../broadcast/static/stickyboard/page/theme.css", import.meta.url), "utf8").split(':root[data-theme="light"]');

/** Simulations of full colour blindness, after Machado, Oliveira and Fernandes (2009), for linear RGB. @type {Record<string, number[][]>} */
const SIGHTS = {
  trichromat: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanope: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranope: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanope: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const LEAST_DISTANCE = 0.065; // in OKLab; 0.02 is just noticeable

/** @param {number[][]} matrix @param {number[]} vector */
const product = (matrix, vector) => matrix.map((row) => row.reduce((sum, factor, index) => sum + factor * vector[index], 0));

/** @param {string} sheet @param {string} property @returns {number[]} linear red, green and blue */
function colourIn(sheet, property) {
  const hex = new RegExp(`${property}: #(\\w{6});`).exec(sheet)?.[1] ?? "";
  return [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}

/** @param {number[]} rgb */
const luminance = (rgb) => product([[0.2126, 0.7152, 0.0722]], rgb)[0];

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [dim, bright] = [one, other].map(luminance).sort((a, b) => a - b);
  return (bright + 0.05) / (dim + 0.05);
}

/** @param {number[]} rgb @param {string} sight @returns {number[]} OKLab */
function perceived(rgb, sight) {
  const seen = product(SIGHTS[sight], rgb).map((part) => Math.min(1, Math.max(0, part)));
  const cones = product([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], seen);
  return product([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], cones.map(Math.cbrt));
}

for (const [theme, sheet] of Object.entries({ dark, light: light + dark })) {
  const colours = Array.from({ length: SERIES_COLOURS }, (_, index) => colourIn(sheet, seriesProperty(index)));

  test(`contrasts with the ${theme} page, and letters from it`, () => {
    for (const [index, colour] of colours.entries()) {
      for (const [other, least] of [["--surface", 3], ["--raised", 3], ["--page", 3], ["--on-series", 4.5]]) {
        const found = contrast(colour, colourIn(sheet, String(other)));
        assert.ok(found >= Number(least), `${seriesProperty(index)} on ${other}: ${found}`);
      }
    }
  });

  test(`differs from other colours in every sight on the ${theme} page`, () => {
    for (const sight of Object.keys(SIGHTS)) {
      const seen = colours.map((colour) => perceived(colour, sight));
      for (const [index, one] of seen.entries()) {
        for (const other of seen.slice(0, index)) {
          const distance = Math.hypot(...one.map((part, axis) => part - other[axis]));
          assert.ok(distance >= LEAST_DISTANCE, `${seriesProperty(index)} and ${seriesProperty(seen.indexOf(other))}, ${sight}: ${distance}`);
        }
      }
    }
  });
}
