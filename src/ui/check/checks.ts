/** A check of the connection as the page shows it. What they do is loaded when the page is opened: see `browser-checks.ts`. */
import type { Finding } from '../../net/checks/finding.ts';
import type { RelayView } from '../app.ts';

export type RelayToCheck = Pick<RelayView, 'peerId' | 'addresses' | 'label'>;

export const CHECK_GROUPS = ['This device', 'Relays', 'This copy of the site'] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];

export interface Check {
  readonly group: CheckGroup;
  readonly title: string;
  /** May reject, or settle late, once the signal has fired; never leaves anything running. */
  run(signal: AbortSignal): Promise<Finding>;
}

export interface CheckContext {
  /** Those of the chain, or those that the page begins with. */
  readonly relays: readonly RelayToCheck[];
  /** When the newest final block here was made. */
  readonly newestBlock: number | undefined;
}

/** One run of all checks. */
export interface CheckRun {
  readonly checks: readonly Check[];
  /** Lets go of what the checks shared. */
  close(): Promise<void>;
}

export type CheckSource = (context: CheckContext) => Promise<CheckRun>;
