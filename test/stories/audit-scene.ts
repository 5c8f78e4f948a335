/** Where the story of the audit happens: one place for the relay, everybody's disk as it was on two days, and what auditors keep. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAnswer } from '../../relay/src/audit-desk.ts';
import { type Ran, runRelay } from '../support/relay-process.ts';
import type { Edit, Ground } from './ground.ts';
import type { Operator } from './operator.ts';

export const OPERATOR = 'Alpha';
export const AUDITORS = ['Vera', 'Otto'] as const;
export const MACHINE = ['--region', '276', '--kbps', '100000', '--checklist', '7'];

/** Alpha's own build publishes what nobody but itself has signed; the shipped one waits for the auditors. */
export const PUBLISHES_ALONE: readonly Edit[] = [
  {
    file: 'src/node/checkpoint-gathering.ts',
    from: 'const whole = all.find(({ vouched }) => vouched);',
    to: 'const whole = all.find(({ cosigners }) => cosigners.length > 0);',
  },
];

/** The ground with one place for the relay, and copies of everybody's disk at two times. */
export class Scene {
  readonly ground: Ground;
  readonly #ports: readonly string[];
  /** Commands of Alpha's builds. */
  readonly #builds = new Map<readonly Edit[], string>();
  chain = '';
  /** A link that auditors' nodes came by. */
  link = '';
  /** Emil's request, which has Alpha's approval and waits for Beta's. */
  waiting = '';

  constructor(ground: Ground, ports: readonly string[]) {
    this.ground = ground;
    this.#ports = ports;
  }

  /** Where Alpha publishes the log. */
  get url(): string {
    return `${this.ground.operator(OPERATOR).ready.url}${this.chain}`;
  }

  file(name: string): string {
    return join(this.ground.folder, name);
  }

  alpha(command?: string): Promise<Operator> {
    return this.ground.relay(OPERATOR, this.#ports, command);
  }

  /** Alpha in a build of its own, which has published all that is in its log. */
  async lyingAlpha(edits = PUBLISHES_ALONE): Promise<Operator> {
    const name = `build-${this.#builds.size}`;
    const build = this.#builds.get(edits) ?? (await this.ground.build(name, edits));
    this.#builds.set(edits, build);
    const alpha = await this.alpha(build);
    await this.isPublished(alpha);
    return alpha;
  }

  async isPublished(alpha: Operator): Promise<void> {
    const { transactions } = await alpha.chain();
    await alpha.sees('its checkpoint published', async () => (await checkpointAt(this.url)).includes(`\n${transactions}\n`));
  }

  auditor(name: string): Promise<Operator> {
    return this.ground.node(name, this.link, ['--operator', `${name} Ltd`, ...MACHINE]);
  }

  async everybodyStops(): Promise<void> {
    for (const name of [OPERATOR, ...AUDITORS]) await this.ground.operator(name).stops();
  }

  /** Keeps what is on the disk of somebody who is off, under the name of a day. */
  async keep(name: string, day: string): Promise<void> {
    await cp(this.file(name), this.file(`${name}-${day}`), { recursive: true, filter: (path) => !path.endsWith('.sock') });
  }

  async bringBack(name: string, day: string): Promise<void> {
    await rm(this.file(name), { recursive: true, force: true });
    await cp(this.file(`${name}-${day}`), this.file(name), { recursive: true });
  }

  /** Everybody is off and has the disk of the honest days' end, what was audited included. */
  async isHonestDaysEnd(): Promise<void> {
    await this.everybodyStops();
    for (const name of [OPERATOR, ...AUDITORS, ...AUDITORS.map(memoryOf)]) await this.bringBack(name, 'end');
  }

  /** An auditor's look at what is published, held against what it found right before; the report is kept as a file. */
  async looks(auditor: string, target: string, report: string): Promise<AuditAnswer & { readonly code: Ran['code'] }> {
    const { code, stdout, stderr } = await runRelay('audit', target, '--json', '--data', this.file(memoryOf(auditor)));
    if (stdout === '') throw new Error(`the audit says nothing: ${stderr}`);
    await writeFile(this.file(report), stdout);
    return { code, ...JSON.parse(stdout) };
  }
}

export function memoryOf(auditor: string): string {
  return `${auditor}-audit`;
}

async function checkpointAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/checkpoint`);
  return answer.text();
}
