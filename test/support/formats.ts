/** The text of `formats.cddl`, made from the codecs themselves. */
import type { Form, NamedCodec } from '../../src/core/codec/codec.ts';
import { SECTIONS, type Section, WHOLE_FORMS } from './forms.ts';

const LINE_CHARACTERS_MAX = 120;

const HEAD = `; Formats of Latchkey: every wire and stored form. Made from the codecs by \`npm run formats\`; do not edit.
;
; All of it is deterministic CBOR (RFC 8949 §4.2) of unsigned integers up to 2^53 - 1, byte strings, texts and lists: no maps,
; floats, tags, negatives or null. Containers are nested at most 16 deep. A tuple is a list of its fields in order; the names of
; fields are for the reader. An optional value is a list of none or one. A yes or no is 1 or 0. Times are in milliseconds since
; the Unix epoch, lengths of time in milliseconds. Sizes of texts are in bytes of UTF-8; no text begins with a byte order mark.
; Numbers that tell forms apart are never reused.
`;

/** The whole file. */
export function formatsText(): string {
  const seen = new Set<string>();
  const names = new Set(WHOLE_FORMS.map(({ codec }) => codec.cddl));
  const everything = wrapped('latchkey-form = ', [...names], ' /');
  return [HEAD, '; Any one of them.', everything, ...SECTIONS.map((section) => sectionText(section, seen))].join('\n');
}

function sectionText({ title, file, note, forms }: Section, seen: Set<string>): string {
  const head = [
    `; ---------------------------------------------------------------- ${title} (${file})`,
    ...(note ?? '').split('\n').filter(Boolean),
  ];
  const parts = forms.flatMap((form) => {
    const before = form.codec.parts.flatMap((part) => definitions(part, seen));
    const own = seen.has(form.codec.cddl) ? [] : [define(form.codec, seen)];
    return [...before, ...own.map((text) => (form.note === undefined ? text : `; ${form.note}\n${text}`))];
  });
  return `\n${head.map((line, i) => (i === 0 ? line : `; ${line}`)).join('\n')}\n\n${parts.join('\n')}\n`.trimEnd();
}

/** The named forms that a form is made of, each once, parts before wholes. */
function definitions(form: Form, seen: Set<string>): readonly string[] {
  if (isNamed(form) && seen.has(form.cddl)) return [];
  const own = isNamed(form) ? [form] : [];
  for (const { cddl } of own) seen.add(cddl);
  return [...form.parts.flatMap((part) => definitions(part, seen)), ...own.map((named) => define(named, seen))];
}

function isNamed(form: Form): form is NamedCodec<unknown> {
  return 'definition' in form;
}

function define({ cddl: name, definition, cases = [] }: NamedCodec<unknown>, seen: Set<string>): string {
  seen.add(name);
  if (cases.length === 0) return wrappedTuple(definition);
  if (cases.every(({ cddl }) => /^\d+$/.test(cddl))) return `${definition} ; ${cases.map((one) => `${one.cddl} ${one.name}`).join(' · ')}`;
  const indent = ' '.repeat(name.length);
  return cases.map((one, i) => `${wrappedTuple(`${i === 0 ? `${name} =` : `${indent} /`} ${one.cddl}`)} ; ${one.name}`).join('\n');
}

/** Breaks a long line after commas between fields. */
function wrappedTuple(line: string): string {
  if (line.length <= LINE_CHARACTERS_MAX) return line;
  const open = line.indexOf('[');
  return wrapped(line.slice(0, open + 1), topLevelFields(line.slice(open + 1)), ',');
}

function topLevelFields(text: string): readonly string[] {
  const fields: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if ('[('.includes(character)) depth += 1;
    if ('])'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields.map((field) => field.trim());
}

function wrapped(head: string, items: readonly string[], separator: string): string {
  const lines = [head];
  items.forEach((item, i) => {
    const text = i === items.length - 1 ? item : `${item}${separator}`;
    const last = lines.length - 1;
    const line = `${lines[last]}${(lines[last] ?? '').endsWith(separator) ? ' ' : ''}${text}`;
    if (line.length <= LINE_CHARACTERS_MAX || i === 0) lines[last] = line;
    else lines.push(`  ${text}`);
  });
  return lines.join('\n');
}
