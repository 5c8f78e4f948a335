/** From the log of a chain as the node has it to what the page shows of it. */
import { fromUtf8, toHex } from '../core/base/bytes.ts';
import type { Chain } from '../node/chain.ts';
import type { SeenSigner } from '../node/seen-checkpoints.ts';
import type { PersonView } from './governance-views.ts';
import { personView } from './governing-view.ts';
import type { AuditView } from './verification-view.ts';

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
  /** The newest checkpoint of each signer that came here, the largest first. */
  readonly seen: readonly SeenCheckpointView[];
  readonly audit: AuditView;
}

export interface SeenSignerView {
  /** `undefined`: a key of somebody who has no office any more, or of a public witness. */
  readonly person: PersonView | undefined;
  readonly name: string;
  readonly as: SeenSigner['as'];
  readonly signedAt: number | undefined;
}

export interface SeenCheckpointView {
  readonly size: number;
  readonly root: string;
  /** `false`: this device’s copy does not reach so far yet. */
  readonly agrees: boolean;
  readonly signers: readonly SeenSignerView[];
}

export function logView({ log }: Chain, audit: AuditView): LogView {
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
    seen: log.seen().map(({ size, root, agrees, signers }) => ({ size, root: toHex(root), agrees, signers: signers.map(signerView) })),
    audit,
  };
}

function signerView({ person, name, as, signedAt }: SeenSigner): SeenSignerView {
  return { person: person && personView(person), name, as, signedAt };
}
