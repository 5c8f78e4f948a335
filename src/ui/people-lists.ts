import { html, nothing } from 'lit';
import type { MemberView, PeerView } from './app.ts';
import { PageElement } from './element.ts';
import { hashOf } from './route.ts';
import { PATH_WORDS, ROLE_WORDS } from './words.ts';

/** Who belongs to the chain, and who is connected now. Properties: `chain`, its id; `members`, `peers`, `marks` as in `entry-list`. */
export class PeopleLists extends PageElement {
  static override properties = {
    chain: { attribute: false },
    members: { attribute: false },
    peers: { attribute: false },
    marks: { attribute: false },
  };
  declare chain: string;
  declare members: readonly MemberView[];
  declare peers: readonly PeerView[];
  declare marks: ReadonlyMap<string, string>;

  #member({ id, name, roles, you }: MemberView) {
    const mark = this.marks.get(id);
    return html`<li>
      <span class="name"><a href=${hashOf({ page: 'chain', id: this.chain, section: 'members', item: id })}><bdi>${name}</bdi></a>${mark === undefined ? nothing : html` <code>${mark}</code>`}${you ? html` <span class="you">you</span>` : nothing}</span>
      <span class="muted">${roles.map((role) => ROLE_WORDS[role].name).join(', ')}</span>
    </li>`;
  }

  #peer({ name, path }: PeerView) {
    return html`<li>
      <span class="name"><bdi>${name}</bdi></span>
      <span class="path ${path}" title=${PATH_WORDS[path]}>${path}</span>
    </li>`;
  }

  override render() {
    return html`
      <section>
        <h2 id="members-heading" tabindex="-1">Members</h2>
        <ul class="people" role="list" aria-labelledby="members-heading">
          ${this.members.map((member) => this.#member(member))}
        </ul>
      </section>
      <section>
        <h2 id="peers-heading" tabindex="-1">Peers</h2>
        <ul class="people" role="list" aria-labelledby="peers-heading">
          ${this.peers.map((peer) => this.#peer(peer))}
        </ul>
        ${this.peers.length === 0 ? html`<p class="muted placeholder">Nobody is connected just now.</p>` : nothing}
        <p class="hint"><a href=${hashOf({ page: 'check', chain: this.chain })}>Check the connection</a></p>
      </section>
    `;
  }
}

customElements.define('people-lists', PeopleLists);
