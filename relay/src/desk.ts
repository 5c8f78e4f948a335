/** What commands do with one chain: read what waits and who is there, decide, propose, ask for roles. Answers are plain JSON. */
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { type Chain, type Entry, textOf } from '../../src/node/chain.ts';
import type { DeviceLinkInfo } from '../../src/node/devices.ts';
import { holdsInTime, untilFinal } from './chain-actions.ts';
import { Complaint } from './complaint.ts';
import { changeOf, changeWords, memberCalled, onlyOne, templateCalled, wishCalled } from './desk-changes.ts';
import { roleCalled } from './desk-rules.ts';
import {
  type ConsequenceView,
  consequenceView,
  type DeviceView,
  deviceView,
  type ErasureView,
  erasureView,
  type KnockView,
  knockView,
  type MemberView,
  memberView,
  type OperatorView,
  operatorOf,
  type ProposalView,
  proposalView,
  type RequestView,
  requestView,
  type StoryView,
  storyView,
  timeView,
} from './desk-views.ts';
import type { Fields } from './fields.ts';

export interface RequestsAnswer {
  readonly chain: string;
  readonly requests: readonly RequestView[];
  readonly knocks: readonly KnockView[];
}

export interface ProposalsAnswer {
  readonly chain: string;
  readonly proposals: readonly ProposalView[];
}

/** What came of asking the chain for something. */
export interface ActAnswer {
  readonly chain: string;
  /** Of the request or proposal. */
  readonly id: string;
  /** False: it waits for the chain's validators, and goes on by itself. */
  readonly final: boolean;
  /** `pending`, `approved`, `rejected`, …; `knock` for one that is not on the chain yet. */
  readonly status: string;
  readonly approvals: number;
  readonly needed: number;
  readonly consequence: ConsequenceView | null;
}

export interface MembersAnswer {
  readonly chain: string;
  readonly members: readonly MemberView[];
}

export interface RulesAnswer {
  readonly chain: string;
  readonly rules: unknown;
  readonly sentences: readonly { readonly about: string; readonly holds: string }[];
}

export async function requestsOf(chain: Chain): Promise<RequestsAnswer> {
  const { governance } = chain;
  governance.requests();
  await governance.reasonsRead();
  return { chain: chain.name, requests: governance.requests().map(requestView), knocks: governance.knocks().map(knockView) };
}

export async function proposalsOf(chain: Chain): Promise<ProposalsAnswer> {
  chain.governance.proposals();
  await chain.governance.reasonsRead();
  const words = (info: ReturnType<Chain['governance']['proposals']>[number]) => proposalView(info, inWords(chain, info.change));
  return { chain: chain.name, proposals: chain.governance.proposals().map(words) };
}

/** Approves or rejects a request, a proposal or a knock by its id or the beginning of it. */
export async function decide(chain: Chain, approves: boolean, text: string, reason: string | undefined): Promise<ActAnswer> {
  const { governance } = chain;
  const known = [...governance.requests(), ...governance.proposals(), ...governance.knocks()].map(({ id }) => id);
  const id = onlyOne(known, text, 'request or proposal', 'requests');
  if (!approves && (reason ?? '').trim() === '') throw new Complaint('A rejection says why: give --reason.');
  const final = await untilFinal(chain, () => (approves ? governance.approve(id, reason) : governance.reject(id, reason)));
  return actAnswer(chain, id, final);
}

export async function propose(chain: Chain, wish: Fields, reason: string | undefined): Promise<ActAnswer> {
  const { governance } = chain;
  const kind = wishCalled(wish.text('kind'));
  if (kind === 'network-key') return acted(chain, () => governance.changeNetworkKey(reason));
  if (kind === 'template')
    return acted(chain, () => governance.setTemplate(templateCalled(wish.text('template')), wish.number('approvals'), reason));
  const change = changeOf(kind, wish, chain);
  const consequence = consequenceView(governance.consequence(change));
  return { ...(await acted(chain, () => governance.propose(change, reason))), consequence };
}

export function requestRole(chain: Chain, role: string, operator: Fields | undefined): Promise<ActAnswer> {
  return acted(chain, () => chain.governance.requestRole(roleCalled(role), operator && operatorOf(readOperator(operator))));
}

export function membersOf(chain: Chain): MembersAnswer {
  const here = chain.members().filter(({ left }) => !left);
  return { chain: chain.name, members: here.sort((a, b) => a.since - b.since).map(memberView) };
}

export async function whyIsHere(chain: Chain, name: string): Promise<StoryView> {
  const { id } = memberCalled(chain, name);
  chain.governance.why(id);
  await chain.governance.reasonsRead();
  const story = chain.governance.why(id);
  if (story === undefined) throw new Complaint(`The chain does not say why ${name} is here.`);
  return storyView(story);
}

export function rulesOf(chain: Chain): RulesAnswer {
  const { governance } = chain;
  const plain = JSON.parse(JSON.stringify(governance.rules(), (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value)));
  return { chain: chain.name, rules: plain, sentences: governance.rulesText() };
}

export interface DevicesAnswer {
  readonly chain: string;
  readonly devices: readonly DeviceView[];
}

export interface DeviceLinkAnswer {
  readonly chain: string;
  readonly url: string;
  readonly expires: string;
  readonly final: boolean;
}

export function devicesOf(chain: Chain): DevicesAnswer {
  return { chain: chain.name, devices: chain.devices.list().map(deviceView) };
}

/** A link for one more device of this node's member. */
export async function linkDevice(chain: Chain, siteUrl: string): Promise<DeviceLinkAnswer> {
  let made: DeviceLinkInfo | undefined;
  const final = await untilFinal(chain, async () => {
    made = await chain.devices.link({ siteUrl });
  });
  if (made === undefined) throw new Error('broken invariant: a link was made');
  return { chain: chain.name, url: made.url, expires: timeView(made.expiry), final };
}

export interface OfficeAnswer {
  readonly chain: string;
  readonly final: boolean;
}

/** Registers this machine's keys to vote and to sign checkpoints. A node whose member is granted `validator` does so by itself. */
export async function register(chain: Chain): Promise<OfficeAnswer> {
  const { node, name } = chain;
  return { chain: name, final: await untilFinal(chain, () => node.run(() => node.duties.office.register())) };
}

/** Says that this node is level and which versions it runs. A candidate does so by itself, and whoever runs others than before. */
export async function sayReady(chain: Chain): Promise<OfficeAnswer> {
  const { node, name } = chain;
  return { chain: name, final: await untilFinal(chain, () => node.run(() => node.duties.office.sayReady())) };
}

export interface EntriesAnswer {
  readonly chain: string;
  readonly entries: readonly EntryView[];
}

export interface EntryView {
  readonly id: string;
  readonly time: string;
  readonly author: string;
  readonly text: string | null;
  readonly state: string;
  /** `null`: its text was not erased. */
  readonly erased: ErasureView | null;
}

export interface WriteAnswer {
  readonly chain: string;
  readonly id: string;
  readonly final: boolean;
}

/** Entries in one answer, and the bytes of their contents, so that an answer takes a bounded part of the relay's memory. */
const ENTRIES_MAX = 10_000;
const ENTRIES_BYTES_MAX = 8 * 1024 * 1024;
const ENTRIES_AT_ONCE = 100;

/** The latest entries, then those that wait. */
export async function entriesOf(chain: Chain, limit: number): Promise<EntriesAnswer> {
  if (limit > ENTRIES_MAX) throw new Complaint(`--limit ${limit} is too many at a time: give ${ENTRIES_MAX} at the most.`, 'too-large');
  const all = [...(await latest(chain, limit)), ...chain.pending(limit)];
  const author = ({ author: id }: Entry) => chain.member(id)?.name ?? `Member ${toHex(id).slice(0, 8)}`;
  return {
    chain: chain.name,
    entries: all.map((one) => ({
      id: toHex(one.id),
      time: timeView(one.time),
      author: author(one),
      text: textOf(one) ?? null,
      state: one.state.type,
      erased: erasureView(chain, one),
    })),
  };
}

async function latest(chain: Chain, limit: number): Promise<readonly Entry[]> {
  const pages: (readonly Entry[])[] = [];
  let [left, bytes, before] = [limit, 0, Number.POSITIVE_INFINITY];
  while (left > 0) {
    const page = await chain.entries({ limit: Math.min(left, ENTRIES_AT_ONCE), ...(Number.isFinite(before) ? { before } : {}) });
    pages.unshift(page);
    left -= page.length;
    bytes += page.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    before = page[0]?.index ?? 0;
    if (bytes > ENTRIES_BYTES_MAX) throw new Complaint('These entries are too long for one answer: give a smaller --limit.', 'too-large');
    if (before === 0) break;
  }
  return pages.flat();
}

/** Adds an entry; answers once it is final, or says that it waits. */
export async function write(chain: Chain, text: string): Promise<WriteAnswer> {
  const id = await chain.append(text);
  const waits = () => chain.pending().some((one) => toHex(one.id) === toHex(id));
  return { chain: chain.name, id: toHex(id), final: await holdsInTime(chain, () => !waits()) };
}

// ---------------------------------------------------------------- what came of it

/** Does something, and says where it stands then. */
export async function acted(chain: Chain, act: () => Promise<Hash>): Promise<ActAnswer> {
  let id: Hash | undefined;
  const final = await untilFinal(chain, async () => {
    id = await act();
  });
  if (id === undefined) throw new Error('broken invariant: what was asked for has an id');
  return actAnswer(chain, id, final);
}

function actAnswer(chain: Chain, id: Hash, final: boolean): ActAnswer {
  const { governance } = chain;
  const found = [...governance.requests(), ...governance.proposals()].find((one) => toHex(one.id) === toHex(id));
  return {
    chain: chain.name,
    id: toHex(id),
    final,
    status: found?.status ?? (final ? 'approved' : 'pending'),
    approvals: found?.decisions.filter(({ approves }) => approves).length ?? 0,
    needed: found?.needed ?? 0,
    consequence: null,
  };
}

function inWords(chain: Chain, change: Parameters<typeof changeWords>[0]): string {
  return changeWords(change, (id) => chain.member(id)?.name ?? `Member ${toHex(id).slice(0, 8)}`);
}

function readOperator(fields: Fields): OperatorView {
  return {
    operatorId: fields.text('operatorId'),
    region: fields.number('region'),
    kbps: fields.number('kbps'),
    software: fields.number('software'),
    checklist: fields.number('checklist'),
  };
}
