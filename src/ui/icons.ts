/** The few drawings of the page. All are beside words that say the same, so none is read out. */
import { html } from 'lit';

/** The mark: a keyhole in a tag. */
export const MARK = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
  <rect class="mark-plate" x="2" y="2" width="28" height="28" rx="8" />
  <path class="mark-hole" d="M16 7.5a5 5 0 0 0-2.6 9.3L12 24.5h8l-1.4-7.7A5 5 0 0 0 16 7.5Z" />
</svg>`;

export const CHECK = html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
  <path d="m3.5 8.5 3 3 6-7" />
</svg>`;

export const DOT = html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
  <circle cx="8" cy="8" r="3.5" />
</svg>`;

export const CROSS = html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
  <path d="m4 4 8 8m0-8-8 8" />
</svg>`;

export const ARROW = html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
  <path d="m6 3.5 4.5 4.5L6 12.5" />
</svg>`;
