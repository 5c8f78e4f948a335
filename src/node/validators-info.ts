/** How those who decide blocks are doing, as this device sees it: who takes part, how many may fail now, whether the chain goes on. */
import { equal } from '../core/base/bytes.ts';
import { MINUTE_MS, SECOND_MS } from '../core/base/limits.ts';
import { holdsSeat } from '../core/membership/facts.ts';
import { faultsTolerated, quorumOf } from '../core/policy/quorum.ts';
import { type Answers, faultsTolerableNow, type Pace } from '../core/policy/quorum-words.ts';
import type { ChainNode } from './chain-node.ts';
import { hasSeat, isToValidate } from './office.ts';
import { type BlockParts, participation, takesPart, votingNow } from './participation.ts';
import { type Person, personOf } from './persons.ts';
import type { Session } from './ports.ts';

/** What takes longer than this to become final does not become so by itself. */
export const STANDSTILL_AFTER_MS = 10 * SECOND_MS;
/** Blocks looked at for who took part. */
const RECENT_BLOCKS = 100;
/** So old a block still tells who takes part now. */
const TELLS_FOR_MS = 1 * MINUTE_MS;
/** Turns to propose that a validator with a session lets pass before it counts as taking no part: one may be a slow link's. */
const TURNS_MISSED = 3;

export interface ValidatorInfo extends Person {
  /** Whether a session is open with it, or it is this device. */
  readonly reached: boolean;
  /** Of the recent blocks: those that it proposed, or among whose quorum its vote was. */
  readonly tookPart: number;
  /** Whether it takes part at present, as far as this device can tell. */
  readonly answers: Answers;
}

/**
 * What this device has to do with it. `asked`: its member has the role, and it validates only if its person lets it
 * (`Chain.letValidate`); `candidate`: it waits for its seat.
 */
export type OwnPart = 'none' | 'asked' | 'candidate' | 'seated';

export interface ValidatorsInfo {
  /** In the order of their seats. */
  readonly validators: readonly ValidatorInfo[];
  readonly quorum: number;
  /** How many may fail where all are well. */
  readonly faultsTolerated: number;
  /** How many more may fail with those away who are; `undefined` where this device cannot tell. */
  readonly faultsTolerableNow: number | undefined;
  /** Of the latest hundred blocks those that these validators decided. */
  readonly recentBlocks: number;
  readonly epoch: number;
  /** The view being decided; where this device has no seat, the one after that of the latest final block. */
  readonly view: number;
  readonly final: { readonly height: number; readonly time: number };
  /** Transactions that wait here to become final. */
  readonly waiting: number;
  readonly pace: Pace;
  readonly ownPart: OwnPart;
}

export async function validatorsInfo(node: ChainNode): Promise<ValidatorsInfo> {
  const { ledger, mempool } = node;
  const { tip, trust, certificate } = ledger;
  const from = Math.max(1, tip.header.height + 1 - RECENT_BLOCKS);
  const headers = (await ledger.headers(from, tip.header.height + 1)).filter(({ epoch }) => epoch === trust.epoch);
  const blocks = participation(headers, certificate, trust.epoch);
  const sessions = trust.seats.map(({ node: key }) => node.sessions().find(({ nodeKey }) => equal(nodeKey, key)));
  const own = trust.seats.findIndex(({ node: key }) => equal(key, node.signer.publicKey));
  const pace = paceOf(node, sessions.filter((session, seat) => session !== undefined || seat === own).length);
  const validators = trust.seats.map(({ member }, seat) => {
    const session = sessions[seat];
    return {
      ...personOf(node, member),
      reached: session !== undefined || seat === own,
      tookPart: blocks.filter(({ seats }) => seats.has(seat)).length,
      answers: seat === own ? 'yes' : session === undefined ? unreached(node, blocks, seat) : connected(node, blocks, seat, session, pace),
    } as const;
  });
  return {
    validators,
    quorum: quorumOf(validators.length),
    faultsTolerated: faultsTolerated(validators.length),
    faultsTolerableNow: faultsTolerableNow(
      validators.map(({ answers }) => answers),
      pace,
    ),
    recentBlocks: headers.length,
    epoch: trust.epoch,
    view: node.duties.voting.validator?.view ?? nextView(node),
    final: { height: tip.header.height, time: tip.header.time },
    waiting: mempool.size,
    ownPart: ownPart(node),
    pace,
  };
}

/** A validator keeps a session with each of the others; to other nodes only blocks tell, and only new ones. */
function unreached({ isValidator, ledger, ports }: ChainNode, blocks: readonly BlockParts[], seat: number): Answers {
  if (isValidator) return 'no';
  const { tip, trust } = ledger;
  if (ports.clock.now() - tip.header.time >= TELLS_FOR_MS) return 'unknown';
  const shown = takesPart(blocks, seat, trust.seats.length, { aboveHeight: 0, turns: 1 });
  return shown === undefined ? 'unknown' : shown ? 'yes' : 'no';
}

/**
 * A session alone is no vote: what was decided since it opened may show that there is none. While nothing is decided the votes tell,
 * which only validators hear.
 */
function connected({ ledger, duties }: ChainNode, blocks: readonly BlockParts[], seat: number, session: Session, pace: Pace): Answers {
  if (pace === 'standstill') {
    const { validator } = duties.voting;
    const voting = validator === undefined ? undefined : votingNow(validator.replica);
    return voting === undefined ? 'unknown' : voting.has(seat) ? 'yes' : 'mute';
  }
  const look = { aboveHeight: session.ownTipAtStart.height, turns: TURNS_MISSED };
  return takesPart(blocks, seat, ledger.trust.seats.length, look) === false ? 'mute' : 'yes';
}

function ownPart(node: ChainNode): OwnPart {
  const { ledger, ports } = node;
  const self = node.self();
  if (self === undefined || !isToValidate(self)) return 'none';
  if (hasSeat(ledger, self)) return 'seated';
  // On another device of the member.
  if (holdsSeat(ledger.trust, self.id)) return 'none';
  return (ports.validating?.wanted ?? true) ? 'candidate' : 'asked';
}

function nextView({ ledger: { certificate, trust } }: ChainNode): number {
  return certificate.subject.epoch === trust.epoch ? certificate.subject.view + 1 : 1;
}

/**
 * A validator keeps a session with each of the others, so that too few sessions are too few votes. Others know a few of them
 * only, and judge by how long something has waited.
 */
function paceOf(node: ChainNode, reached: number): Pace {
  const { ledger, mempool, ports } = node;
  if (node.isValidator && reached < quorumOf(ledger.trust.seats.length)) return 'no-quorum';
  const { oldest } = mempool;
  if (oldest === undefined) return 'idle';
  const since = Math.max(oldest.since, ledger.tip.header.time);
  return ports.clock.now() - since < STANDSTILL_AFTER_MS ? 'deciding' : 'standstill';
}
