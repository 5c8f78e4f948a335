/** Small pieces of text that many pages show: a time, a person, a list of facts. */
import { html, nothing, type TemplateResult } from 'lit';
import type { PersonView } from './governance-views.ts';
import { fullMoment, machineTime, moment, momentWithin } from './words.ts';

/** A time as people say it within a sentence, in full for machines and for those who point at it. */
export function stamp(at: number) {
  return html`<time datetime=${machineTime(at)} title=${fullMoment(at)}>${momentWithin(at, Date.now())}</time>`;
}

/** The same where it begins what is said. */
export function stampFirst(at: number) {
  return html`<time datetime=${machineTime(at)} title=${fullMoment(at)}>${moment(at, Date.now())}</time>`;
}

export function person({ name, you }: Pick<PersonView, 'name' | 'you'>) {
  return html`<bdi>${name}</bdi>${you ? html` <span class="you">you</span>` : nothing}`;
}

export type Fact = readonly [about: string, holds: TemplateResult | string];

export function factList(facts: readonly Fact[]) {
  return html`<dl class="facts">
    ${facts.map(([about, holds]) => html`<div><dt>${about}</dt><dd>${holds}</dd></div>`)}
  </dl>`;
}
