/** What all elements of the page share. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { PageProblem } from './app.ts';
import { sentenceFor } from './sentences.ts';

/**
 * An element that renders into the page itself: labels, headings and one style sheet then reach everything, and form
 * controls keep their native ties.
 */
export abstract class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Where whoever was at something that went away reads on: a heading that stays. */
  protected get haven(): HTMLElement | null {
    return this.querySelector('h1');
  }

  /** What has focus may go with the next drawing, as a row, a form or a heading does: nobody is left nowhere. */
  protected override update(changed: PropertyValues): void {
    const { activeElement } = document;
    const held = activeElement !== null && this.contains(activeElement);
    super.update(changed);
    if (held && !activeElement.isConnected) this.haven?.focus({ preventScroll: true });
  }
}

/** Names the page in the tab, the history and for those who hear it. */
export function setTitle(title: string): void {
  document.title = title === '' ? 'Latchkey' : `${title} · Latchkey`;
}

/** A refusal as a person reads it; announced at once, since something they asked for did not happen. */
export function refusalNotice(code: PageProblem | undefined, action: TemplateResult | typeof nothing = nothing) {
  if (code === undefined) return nothing;
  const { what, next } = sentenceFor(code);
  return html`<div class="notice refusal" role="alert" data-code=${code}>
    <p><strong>${what}</strong> ${next}</p>
    ${action}
  </div>`;
}

/** Bytes of UTF-8, by which names and entries are bounded. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Without the spaces around it; `undefined` if nothing is left. */
export function trimmed(text: string): string | undefined {
  const out = text.trim();
  return out === '' ? undefined : out;
}
