/** From a leaf of the log to what the page says of it: names and subjects as the chain knows them today. */

import { equal, fromUtf8, toHex } from '../core/base/bytes.ts';
import { DAY_MS } from '../core/base/limits.ts';
import { unreachable } from '../core/base/result.ts';
import { type BodyRef, decodeBody } from '../core/codec/body.ts';
import { knockIdOf } from '../core/codec/knock.ts';
import { memberIdOf } from '../core/codec/records.ts';
import { type ActionOf, bodiesOf, type Transaction } from '../core/codec/transaction.ts';
import type { Chain } from '../node/chain.ts';
import type { LogItem } from '../node/log-reading.ts';
import { nameOf, personOf } from '../node/persons.ts';
import { contentOf } from './chain-view.ts';
import type { PersonView } from './governance-views.ts';
import { changeView, personView } from './governing-view.ts';
import type { DeedView, LogItemView, SubjectView } from './log-item-views.ts';

export async function logItemView(chain: Chain, item: LogItem): Promise<LogItemView> {
  const { index, block, member, transaction } = item;
  const { id, height, time, count } = block;
  return {
    index,
    id: toHex(transaction?.id ?? chain.id),
    block: { id: toHex(id), height, at: time, count },
    by: member === undefined ? undefined : personView(personOf(chain.node, member)),
    deed: transaction === undefined ? genesisDeed(chain) : await new Telling(chain, item, transaction).deed(),
    bodies: transaction === undefined ? [] : bodiesOf(transaction.unsigned.action).map(({ hash }) => toHex(hash)),
  };
}

function genesisDeed({ node, name }: Chain): DeedView {
  const { chain, genesis } = node.ledger;
  const founders = genesis.founders.map((founder) => personView(personOf(node, memberIdOf(chain, founder.node))));
  return { type: 'genesis', name, founders };
}

class Telling {
  readonly #chain: Chain;
  readonly #item: LogItem;
  readonly #transaction: Transaction;

  constructor(chain: Chain, item: LogItem, transaction: Transaction) {
    this.#chain = chain;
    this.#item = item;
    this.#transaction = transaction;
  }

  get #state() {
    return this.#chain.node.ledger.state;
  }

  async deed(): Promise<DeedView> {
    const { action } = this.#transaction.unsigned;
    switch (action.type) {
      case 'entry':
        return { type: 'entry', content: contentOf(this.#chain, this.#chain.entryOf(this.#item, this.#transaction)) };
      case 'invite':
        return { type: 'invite', role: action.role, uses: action.uses, expiresAt: action.expiry, shared: action.shared };
      case 'revoke-invite':
        return { type: 'revoke-invite', ...this.#invitation(action.invitation) };
      case 'join':
        return this.#join(action);
      case 'request-role':
        return { type: 'request-role', role: action.role };
      case 'approve':
      case 'reject':
        return { type: action.type, subject: this.#subject(action), reason: this.#words(action.reason) };
      case 'propose':
        return { type: 'propose', change: changeView(action.change), id: toHex(this.#transaction.id), reason: this.#words(action.reason) };
      case 'leave':
        return { type: 'leave' };
      case 'erase-body':
        return { type: 'erase-body', index: action.leaf };
      case 'ready':
        return { type: 'ready', height: action.height, versions: action.versions };
      case 'register-vote-key':
        return { type: 'register-vote-key', votes: action.vote !== undefined };
      case 'rotate-key':
        return { type: 'rotate-key', retired: action.retire.length, stolen: action.stolen };
      case 'link-device':
        return { type: 'link-device', step: action.step.type };
      case 'evidence':
        return { type: 'evidence', against: await this.#accused(action) };
      case 'relay-receipts':
        return { type: 'relay-receipts', day: action.day * DAY_MS, members: action.receipts.length };
      case 'spend-token':
        return { type: 'spend-token' };
      case 'recover':
        return recovering(action);
      default:
        return unreachable(action);
    }
  }

  #person(id: Parameters<typeof personOf>[1]): PersonView {
    return personView(personOf(this.#chain.node, id));
  }

  #invitation(id: Uint8Array) {
    const record = this.#state.get('invitation', id);
    return { role: record?.role, issuer: record && this.#person(record.issuer) };
  }

  /** A request is forgotten some time after it was not granted: whoever is no member then had asked. */
  #join({ invitation }: ActionOf<'join'>): DeedView {
    const { id, unsigned } = this.#transaction;
    const request = this.#state.get('request', id);
    const asked = request !== undefined || this.#state.get('member', memberIdOf(this.#chain.id, unsigned.sender)) === undefined;
    const { role, issuer } = this.#invitation(invitation);
    return { type: 'join', asked, role: request?.role ?? role, invitedBy: issuer };
  }

  #subject({ subject, knock }: ActionOf<'approve'> | ActionOf<'reject'>): SubjectView | undefined {
    const request = this.#state.get('request', subject);
    const id = toHex(subject);
    if (request !== undefined) {
      const { kind, role, name } = request;
      return { type: 'request', id, kind, role, name: nameOf(this.#chain.node, name, request.subject) };
    }
    const proposal = this.#state.get('proposal', subject);
    if (proposal !== undefined) return { type: 'proposal', id, change: changeView(proposal.change) };
    if (knock === undefined) return undefined;
    const { role, name, key } = knock.knock;
    return {
      type: 'request',
      id: toHex(knockIdOf(knock.knock)),
      kind: 'knock',
      role,
      name: this.#words(name) ?? nameOf(this.#chain.node, name, key),
    };
  }

  async #accused({ first }: ActionOf<'evidence'>): Promise<PersonView | undefined> {
    const { trust, epochs } = this.#chain.node.ledger;
    const { epoch } = first.subject;
    const then = epoch === trust.epoch || epoch === 0 ? trust : await epochs.trustAfter(epoch - 1);
    const seat = then?.epoch === epoch ? then.seats[first.seat] : undefined;
    return seat && this.#person(seat.member);
  }

  /** The text of a body that lies beside the leaf. */
  #words(ref: BodyRef | undefined): string | undefined {
    const place = bodiesOf(this.#transaction.unsigned.action).findIndex(({ hash }) => ref !== undefined && equal(hash, ref.hash));
    const body = this.#item.bodies[place];
    const read = body && decodeBody(body);
    return read?.ok === true ? fromUtf8(read.value.content) : undefined;
  }
}

function recovering({ certificate: { plan } }: ActionOf<'recover'>): DeedView {
  const { number, newcomers, federation, validators } = plan;
  return { type: 'recover', number, newcomers: newcomers.length, federation: federation.length, validators: validators.length };
}
