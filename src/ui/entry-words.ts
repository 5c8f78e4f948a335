/** What there is to read of an entry, wherever it is shown: its text, or what became of it. */
import { html } from 'lit';
import type { EntryContent, ErasedBy } from './entry-views.ts';
import { count, fullMoment, machineTime, momentWithin } from './words.ts';

/** At most so many characters of a text. */
export function entryWords(content: EntryContent, characters: number) {
  switch (content.type) {
    case 'text': {
      const { text } = content;
      return html`<p class="text" dir="auto">${text.length > characters ? `${text.slice(0, characters)}…` : text}</p>`;
    }
    case 'other':
      return html`<p class="text muted">${content.contentType}, ${count(content.bytes, 'byte')}</p>`;
    case 'missing':
      return html`<p class="text muted">Its text has not arrived yet.</p>`;
    case 'erased':
      return erasedWords(content.by, Date.now());
  }
}

/** Who erased a text, when, and why; where nobody is known any more, that it was. */
function erasedWords(by: ErasedBy | undefined, now: number) {
  if (by === undefined) return html`<p class="text muted">Its text was erased. What was signed stays provable.</p>`;
  const at = html`<time datetime=${machineTime(by.at)} title=${fullMoment(by.at)}>${momentWithin(by.at, now)}</time>`;
  const who = by.you ? 'you' : html`<bdi>${by.name}</bdi>`;
  const said = by.by === 'author' ? html`Erased by ${who}, ${at}` : html`Erased by the federation, as ${who} proposed, ${at}`;
  return html`<p class="text muted">${said}.${by.reason === undefined ? '' : html` Reason: <bdi>${by.reason}</bdi>`}</p>`;
}
