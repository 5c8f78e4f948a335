/** Coming in by a link, by knocking, or as one more device: from what the node says of it to what the page shows. */
import { toHex } from '../core/base/bytes.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import type { JoinStage as NodeStage, PendingJoin } from '../node/joins.ts';
import type { Latchkey } from '../node/latchkey.ts';
import { type ChainListItem, isLast, type JoinOptions, type JoinStage } from './app.ts';
import type { WaitingView } from './governance-views.ts';
import { operatorOf } from './governing-view.ts';
import { DEVICE_PREFIX } from './route.ts';

/** Reads what sort of link a text is: one from another device of the same member says so before its code. */
export function sortOfLink(text: string): { readonly as: 'guest' | 'device'; readonly code: string } {
  const at = text.indexOf(DEVICE_PREFIX);
  return at < 0 ? { as: 'guest', code: text } : { as: 'device', code: text.slice(at + DEVICE_PREFIX.length) };
}

/** Goes in by the way that the link and the person say; where others must decide, no further than until it waits for them. */
export async function* entering(
  latchkey: Latchkey,
  link: InvitationLink,
  as: 'guest' | 'device',
  { yourName, knock, operator, signal }: JoinOptions,
): AsyncGenerator<JoinStage> {
  const asked = operatorOf(operator);
  const wish = { name: yourName, signal, ...(asked === undefined ? {} : { operator: asked }) };
  const stages = as === 'device' ? latchkey.linkDevice(link, { signal }) : knock ? latchkey.knock(link, wish) : latchkey.join(link, wish);
  for await (const stage of stages) {
    const shown = stageView(stage);
    if (shown !== undefined) yield shown;
    if (shown !== undefined && isLast(shown)) return;
  }
}

/** Who has decided is shown on the chain's own page, which outlives this one. */
function stageView(stage: NodeStage): JoinStage | undefined {
  switch (stage.type) {
    case 'stage':
      return stage;
    case 'waiting':
      return undefined;
    case 'joined':
      return { type: 'usable', chain: toHex(stage.chain.id), elapsedMs: stage.elapsedMs };
  }
}

/** A chain that is being joined, as the page lists it. */
export function joiningItem(join: PendingJoin): ChainListItem {
  return {
    id: toHex(join.chain),
    name: join.link.chainName,
    unread: 0,
    pending: 0,
    toDecide: 0,
    standing: 'joining',
    waiting: waitingView(join),
  };
}

function waitingView({ request, ended, link }: PendingJoin): WaitingView | undefined {
  if (request === undefined)
    return ended === undefined
      ? undefined
      : { role: link.role, decisions: [], needed: undefined, missing: undefined, until: undefined, ended };
  const { role, needed, decisions, until } = request;
  return {
    role,
    decisions: decisions.map(({ member, name, yes, time, reason }) => ({
      by: { id: toHex(member), name: name ?? `Member ${toHex(member).slice(0, 8)}`, you: false },
      yes,
      at: time,
      reason,
    })),
    needed,
    until,
    missing: Math.max(0, needed - decisions.filter(({ yes }) => yes).length),
    ended,
  };
}
