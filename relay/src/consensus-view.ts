/** How a chain's validators are doing, as `latchkey-relay status` prints it: plain JSON, and the same said in sentences. */
import { toHex } from '../../src/core/base/bytes.ts';
import {
  type Answers,
  adviceWords,
  nowWords,
  type Pace,
  paceWords,
  remedyWords,
  toleranceWords,
} from '../../src/core/policy/quorum-words.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { OwnPart } from '../../src/node/validators-info.ts';
import { timeView } from './desk-views.ts';

export interface ConsensusView {
  readonly validators: readonly {
    /** Of the member. */
    readonly id: string;
    readonly name: string;
    readonly you: boolean;
    /** Whether this node has a session with it, or is it. */
    readonly reached: boolean;
    /** Of the recent blocks, those that it proposed or among whose quorum it was. */
    readonly tookPart: number;
    /** Whether it takes part at present: by a session with it, or by blocks of the last minute; `mute`: it has a session, and the blocks or votes since show none of it. */
    readonly answers: Answers;
  }[];
  /** At most a hundred: those that these validators decided. */
  readonly recentBlocks: number;
  readonly epoch: number;
  readonly view: number;
  readonly final: { readonly height: number; readonly time: string };
  readonly quorum: number;
  /** How many may fail where all are well, and how many more may now that some are away; null where this node cannot tell. */
  readonly faultsTolerated: number;
  readonly faultsTolerableNow: number | null;
  /** Transactions that wait to become final. */
  readonly waiting: number;
  readonly pace: Pace;
  /** `seated`: this node validates; `candidate`: it waits for its seat; `asked`: it may, and does only once it is let. */
  readonly ownPart: OwnPart;
  /** What that means, and what to do. */
  readonly says: readonly string[];
}

export async function consensusView(chain: Chain): Promise<ConsensusView> {
  const info = await chain.validators();
  const { validators, pace, final } = info;
  const reached = validators.filter((one) => one.reached).length;
  const said = [
    paceWords(pace, validators.length, reached),
    nowWords(validators, pace),
    remedyWords(validators, pace),
    toleranceWords(validators.length),
    adviceWords(validators.length),
  ];
  return {
    ...info,
    validators: validators.map((one) => ({ ...one, id: toHex(one.id) })),
    final: { height: final.height, time: timeView(final.time) },
    faultsTolerableNow: info.faultsTolerableNow ?? null,
    says: said.filter((line) => line !== undefined),
  };
}
