/** The pages within a chain, and what waits on them. */
import { html, nothing } from 'lit';
import type { ChainView } from './app.ts';
import { hashOf, SECTIONS, type Section } from './route.ts';

export const SECTION_WORDS: Readonly<Record<Section, string>> = {
  members: 'Members',
  requests: 'Requests',
  proposals: 'Proposals',
  invitations: 'Invitations',
  rules: 'Rules',
  validators: 'Validators',
  log: 'Log',
  checkpoints: 'Checkpoints',
  devices: 'Devices and keys',
};

/** Requests or proposals that wait for this device's member. */
export function toDecide({ requests, proposals }: ChainView, section: Section): number {
  const items = section === 'requests' ? requests : section === 'proposals' ? proposals : [];
  return items.filter(({ yoursToDecide }) => yoursToDecide).length;
}

function badge(waiting: number) {
  return waiting === 0 ? nothing : html` <span class="badge">${waiting}<span class="visually-hidden"> to decide</span></span>`;
}

/** Links to the record and the other pages; the one that is open is marked. */
export function chainNav(chain: ChainView, open: Section | undefined) {
  const here = (section: Section | undefined) => (section === open ? 'page' : nothing);
  return html`<nav class="sections" aria-label="Chain">
    <a href=${hashOf({ page: 'chain', id: chain.id })} aria-current=${here(undefined)}>Record</a>
    ${SECTIONS.map(
      (section) => html`<a href=${hashOf({ page: 'chain', id: chain.id, section })} aria-current=${here(section)}
        >${SECTION_WORDS[section]}${badge(toDecide(chain, section))}</a
      >`,
    )}
  </nav>`;
}
