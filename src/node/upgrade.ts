/** Upgrades (DESIGN §5): a chain may go on under a protocol version that this build does not know. It then stops, and keeps what it has. */
import { RefusalError } from '../core/base/result.ts';
import { PROTOCOL_VERSIONS } from '../core/codec/genesis.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { protocolAt } from '../core/membership/transitions/activate.ts';

/** Why this build cannot make or check the block after this point; `undefined` if it can. */
export function outgrown({ header, state }: ChainPoint): RefusalError | undefined {
  const height = header.height + 1;
  const version = protocolAt(state, height);
  if (PROTOCOL_VERSIONS.includes(version)) return undefined;
  const detail = `from height ${height} on the chain is of protocol version ${version}, and this program knows ${PROTOCOL_VERSIONS.join(', ')}: install a newer one; nothing is lost, and what waits here is sent then`;
  return new RefusalError({ code: 'unsupported-version', detail });
}
