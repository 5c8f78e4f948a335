/** What a chain's node gives to its part in consensus. */
import type { Intake } from './intake.ts';
import type { CommittedBlock, Ledger } from './ledger.ts';
import type { Mempool } from './mempool.ts';
import type { Clock, Session, Signer, Verifier } from './ports.ts';
import { ValidatorPeers } from './validator-peers.ts';
import type { Verification } from './verification.ts';
import { VoteVerification } from './vote-verification.ts';
import type { VotingPorts } from './voting.ts';

interface VotingNode {
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  readonly verification: Verification;
  readonly ports: { readonly clock: Clock; readonly verifier: Verifier; readonly voteSigner: Signer | undefined };
  sessions(): readonly Session[];
  push(task: () => Promise<void> | void): void;
}

interface VotingDuties {
  intake(): Intake;
  commit(block: CommittedBlock): Promise<void>;
  tellTip(session: Session): Promise<void>;
}

export function votingPorts(node: VotingNode, duties: VotingDuties): VotingPorts {
  const { ledger, mempool, verification, ports } = node;
  return {
    clock: ports.clock,
    ledger,
    voteSigner: ports.voteSigner,
    verification,
    voteVerification: new VoteVerification(ports.verifier),
    peers: new ValidatorPeers({
      sessions: () => node.sessions(),
      trust: () => ledger.trust,
      tellTip: (session) => node.push(() => duties.tellTip(session)),
    }),
    candidates: () => mempool.inOrder(),
    pendingCount: () => mempool.size,
    waiting: (id) => mempool.get(id),
    finalized: (block) => duties.commit(block),
    refused: (refused) => {
      for (const { transaction, refusal } of refused) duties.intake().drop(transaction, refusal.code);
    },
    convict: () => undefined,
    push: (task) => node.push(task),
  };
}
