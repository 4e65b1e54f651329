import { expect, test } from 'vitest';
import { decodeWords, encodeWord } from './mime-words.ts';

test.each([
  ['plain, =?and? odd', 'plain, =?and? odd'],
  ['a_—_é?', '=?UTF-8?Q?a=5F=E2=80=94=5F=C3=A9=3F?='],
  ['ÄMÄZÕÑ S3', '=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?='],
  ['é', '=?UTF-8?B?w6k=?='],
  ['\0\x01', '=?UTF-8?B?AAE=?='],
])('%j is written as %s', (text, word) => {
  expect(encodeWord(text)).toBe(word);
  expect(decodeWords(word)).toBe(text);
});

test.each([
  ['=?UTF-8?B?YWJj?=', 'abc'],
  ['=?utf-8?q?a_b?= =?UTF-8?B?w6k=?=', 'a bé'],
  ['=?UTF-8?B?=GGG?=', '=?UTF-8?B?=GGG?='],
  ['=?ISO-8859-1?Q?a?=', '=?ISO-8859-1?Q?a?='],
  ['=?UTF-8?Q?a?= and more', '=?UTF-8?Q?a?= and more'],
])('%s is read as %s', (word, text) => expect(decodeWords(word)).toBe(text));
