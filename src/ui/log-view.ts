/** From the log of a chain as the node has it to what the page shows of it. */
import { fromUtf8, toHex } from '../core/base/bytes.ts';
import type { Chain } from '../node/chain.ts';
import type { PersonView } from './governance-views.ts';
import { personView } from './governing-view.ts';

export interface CosignerView extends PersonView {
  readonly office: 'validator' | 'auditor';
  /** When it signed this checkpoint; `undefined` if it has not. */
  readonly signedAt: number | undefined;
}

export interface CheckpointView {
  readonly size: number;
  /** In hexadecimal. */
  readonly root: string;
  /** Whether as many have signed as the chain asks for. */
  readonly vouched: boolean;
  readonly cosigners: readonly CosignerView[];
  readonly witnesses: readonly { readonly name: string; readonly signedAt: number }[];
  /** The signed note, as others verify it. */
  readonly note: string;
}

export interface LogView {
  /** Transactions in the finalised record. */
  readonly size: number;
  /** Whether the rules let anybody read the record. */
  readonly public: boolean;
  /** The newest that enough have signed or, until there is one, that most have. */
  readonly checkpoint: CheckpointView | undefined;
  /** Checkpoints of another history than this device holds, and who of today's signers has signed them. */
  readonly contradictions: readonly { readonly size: number; readonly signers: readonly PersonView[] }[];
}

export function logView({ log }: Chain): LogView {
  const checkpoint = log.checkpoint();
  return {
    size: log.size,
    public: log.isPublic,
    checkpoint: checkpoint && {
      size: checkpoint.size,
      root: toHex(checkpoint.root),
      vouched: checkpoint.vouched,
      cosigners: checkpoint.cosigners.map((one) => ({ ...personView(one), office: one.office, signedAt: one.signedAt })),
      witnesses: checkpoint.witnesses,
      note: fromUtf8(checkpoint.note) ?? '',
    },
    contradictions: log.contradictions().map(({ size, signers }) => ({ size, signers: signers.map(personView) })),
  };
}
