/**
 * Checkpoints of a chain's log, as this node sees them (DESIGN §7): takes those that others show, compares each with its own
 * log, keeps the newest of every signer and shows them on. One by a key of the chain that is not of this log is a fork.
 * Bounded by signers: of each, the newest and a few that could not be compared yet.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { CHECKPOINT_NOTE_BYTES_MAX, CHECKPOINTS_CARRIED_MAX } from '../core/base/limits.ts';
import { encodeSessionMessage } from '../core/codec/session-message.ts';
import { logSigners } from '../core/light/log-signers.ts';
import { type Checkpoint, decodeCheckpoint, originOf } from '../core/log/checkpoint.ts';
import { encodeNote, type Note, withSignatures } from '../core/log/note.ts';
import { type OpenedNote, openNote, settleNote } from '../core/log/open-note.ts';
import { isSameKey, type NamedKey, type VerifierKey } from '../core/log/verifier-key.ts';
import { CheckpointBook, type SeenCheckpoint } from './checkpoint-book.ts';
import { Gathering, type SignedLog } from './checkpoint-gathering.ts';
import type { Ledger } from './ledger.ts';
import type { Clock, Session, Verifier } from './ports.ts';
import { isInside } from './session-access.ts';

/** What several sign at once goes out together, and to the disk. */
const SPREAD_AFTER_MS = 100;
/** Epochs that ended, of whose signers a checkpoint still counts: who signed then and forks now is caught. */
const FORMER_EPOCHS = 16;
/** Roots of the log at sizes asked about lately: all sign at the same few. */
const ROOTS_KEPT = 32;

/** A checkpoint that is not of this node's log, by keys of the chain. */
export interface ForeignCheckpoint {
  readonly checkpoint: Checkpoint;
  /** With the signatures that were verified. */
  readonly note: Note;
}

export interface CheckpointPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly verifier: Verifier;
  /** Keys of public witnesses, by configuration. */
  readonly witnesses: readonly VerifierKey[];
  sessions(): readonly Session[];
  push(task: () => Promise<void> | void): void;
  /** Something newer has been signed. */
  changed(): void;
  /** A checkpoint by a key of the chain is not of this log: whoever stops forks hears of it. */
  contradicted(evidence: ForeignCheckpoint): Promise<void>;
}

/** All of it runs in the node's queue. */
export class Checkpoints {
  readonly #ports: CheckpointPorts;
  readonly #book: CheckpointBook;
  readonly #roots = new Map<number, Hash>();
  /** Keys whose signatures are looked at, of the epoch in force and of some before, and of witnesses. */
  #keys: { readonly epoch: number; readonly keys: readonly VerifierKey[] } | undefined;
  readonly #gathering: Gathering;
  #newest: SignedLog | undefined;
  /** To be shown on, by text: the note, and whether some of it was signed here. */
  readonly #news = new Map<string, { readonly note: Note; readonly own: boolean }>();
  #contradictions: readonly ForeignCheckpoint[] = [];
  #stopSpreading: (() => void) | undefined;

  constructor(ports: CheckpointPorts) {
    this.#ports = ports;
    this.#book = new CheckpointBook(ports.ledger.space);
    this.#gathering = new Gathering(ports.ledger.chain);
  }

  /** Takes up what was kept. */
  async takeUp(): Promise<void> {
    for (const note of await this.#book.stored()) await this.take(note, undefined);
  }

  /** Public witnesses whose signatures are looked at, too. */
  get witnesses(): readonly VerifierKey[] {
    return this.#ports.witnesses;
  }

  /** The newest checkpoint of this node's log that enough have cosigned or, until there is one, the one that most have. */
  newest(): SignedLog | undefined {
    return this.#newest;
  }

  /** What may be published: the largest checkpoint of this node's log that enough have cosigned. It never gets smaller. */
  whole(): SignedLog | undefined {
    return this.#gathering.whole;
  }

  /** The newest of every signer. */
  seen(): readonly SeenCheckpoint[] {
    return this.#book.all();
  }

  /** Checkpoints by keys of the chain that are not of this node's log, the first of each signer. */
  contradictions(): readonly ForeignCheckpoint[] {
    return this.#contradictions;
  }

  /** Larger than `size` and published by a validator: what others may cosign. */
  toAnswer(size: number): Checkpoint | undefined {
    const published = this.#book
      .all()
      .filter(({ agrees, signer, checkpoint }) => agrees && signer.key.type === 'note' && checkpoint.size > size);
    return published.map(({ checkpoint }) => checkpoint).sort((a, b) => b.size - a.size)[0];
  }

  // ---------------------------------------------------------------- showing

  /** A peer may see them from now on. */
  opened(session: Session): void {
    if (!isInside(session.access)) return;
    const whole = this.#newest === undefined ? [] : [this.#newest];
    const newest = [...whole, ...this.#notes()].slice(0, CHECKPOINTS_CARRIED_MAX);
    const message = messageOf(newest.map(({ note }) => note));
    if (message !== undefined) session.send(message);
  }

  /** By text, of this node's log or not known to be, the largest first. */
  #notes(): readonly { readonly checkpoint: Checkpoint; readonly note: Note }[] {
    const notes = new Map<string, { readonly checkpoint: Checkpoint; readonly note: Note }>();
    for (const { checkpoint, text, signer } of this.#book.all()) {
      const note = withSignatures(notes.get(text)?.note ?? { text, signatures: [] }, [signer.line]);
      notes.set(text, { checkpoint, note });
    }
    return [...notes.values()].sort((a, b) => b.checkpoint.size - a.checkpoint.size);
  }

  #spread({ text, signatures }: Note, from: Session | undefined): void {
    const before = this.#news.get(text);
    const note = withSignatures(before?.note ?? { text, signatures: [] }, signatures);
    this.#news.set(text, { note, own: before?.own === true || from === undefined });
    this.#spreadLater();
  }

  #spreadLater(): void {
    this.#stopSpreading ??= this.#ports.clock.schedule(SPREAD_AFTER_MS, () => this.#ports.push(() => this.#spreadNow()));
  }

  /** Validators hear each other directly, and from the auditors; what others signed goes on to the rest. */
  async #spreadNow(): Promise<void> {
    const news = [...this.#news.values()];
    this.#news.clear();
    this.#stopSpreading = undefined;
    const toValidators = messageOf(news.filter(({ own }) => own).map(({ note }) => note));
    const toOthers = news.every(({ own }) => own) ? toValidators : messageOf(news.map(({ note }) => note));
    for (const session of this.#ports.sessions()) {
      const message = session.access === 'validator' ? toValidators : toOthers;
      if (message !== undefined && isInside(session.access)) session.send(message);
    }
    await this.#book.write();
  }

  // ---------------------------------------------------------------- taking

  /** A peer shows some. */
  async shown(session: Session, notes: readonly Uint8Array[]): Promise<void> {
    if (!isInside(session.access)) return;
    for (const note of notes) await this.take(note, session);
  }

  /**
   * Takes in a checkpoint that is news here, and shows it on. What is not signed by a key of the chain is no concern of ours;
   * whoever shows a wrong signature of one has made it, since nobody passes on what does not verify.
   */
  async take(bytes: Uint8Array, from: Session | undefined): Promise<void> {
    const read = decodeCheckpoint(bytes);
    const { ledger, verifier } = this.#ports;
    if (!read.ok) return from?.close(read.refusal.code);
    const { checkpoint, note } = read.value;
    if (checkpoint.origin !== originOf(ledger.chain) || checkpoint.size === 0) return;
    const keys = await this.#known();
    const lines = note.signatures.filter((line) => keys.some((key) => isSameKey(key, line)));
    const verdict = lines.length === 0 ? 'unknown' : await this.#compare(checkpoint);
    const news = lines.filter(
      (line) => verdict === 'differs' || this.#isNews(line, { checkpoint, text: note.text, agrees: verdict === 'agrees' }),
    );
    const opening = news.length === 0 ? undefined : openNote({ text: note.text, signatures: news }, keys);
    const opened = opening?.ok === true ? settleNote(opening.value, await verifier.verify(opening.value.checks, 'message')) : opening;
    if (opened?.ok === false && opened.refusal.code === 'bad-signature') return from?.close('bad-signature');
    if (opened?.ok !== true) return;
    const verified = { text: note.text, signatures: opened.value.signers.map(({ line }) => line) };
    if (verdict === 'differs') return this.#differs(checkpoint, verified);
    this.#keep(checkpoint, opened.value, verdict === 'agrees');
    // What others signed they show again; what was signed here is not signed anew.
    if (from === undefined) await this.#book.write();
    this.#spread(verified, from);
  }

  /** A signature counts if it is under a checkpoint that the book keeps, or under one that is being gathered. */
  #isNews(line: NamedKey, one: Omit<SeenCheckpoint, 'signer'>): boolean {
    return this.#gathering.lacks(one.text, line) || this.#book.wants(line, one);
  }

  #keep(checkpoint: Checkpoint, { note, signers }: OpenedNote, agrees: boolean): void {
    this.#book.keep(signers.map((signer) => ({ checkpoint, text: note.text, signer, agrees })));
    if (agrees) this.#gathering.add(checkpoint, { text: note.text, signatures: signers.map(({ line }) => line) });
    this.#gather();
    this.#ports.changed();
  }

  /** Of the same log as far as this node can tell? */
  async #compare({ size, root }: Checkpoint): Promise<'agrees' | 'differs' | 'unknown'> {
    const own = await this.#rootAt(size);
    if (own === undefined) return 'unknown';
    return equal(own, root) ? 'agrees' : 'differs';
  }

  async #rootAt(size: number): Promise<Hash | undefined> {
    const { tip, history } = this.#ports.ledger;
    if (size > tip.header.logSize) return undefined;
    if (size === tip.header.logSize) return tip.header.logRoot;
    const root = this.#roots.get(size) ?? (await history.rootAt(size));
    if (root !== undefined) this.#roots.set(size, root);
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > ROOTS_KEPT && oldest !== undefined) this.#roots.delete(oldest);
    return root;
  }

  /** Signatures under one text are gathered: one liar proves less than several do. What is new is kept, and shown to everybody. */
  async #differs(checkpoint: Checkpoint, { text, signatures }: Note): Promise<void> {
    const before = this.#contradictions.find((one) => one.note.text === text);
    const others = this.#contradictions.filter((one) => one !== before);
    const isKnown = (line: NamedKey) => this.#contradictions.some(({ note }) => note.signatures.some((other) => isSameKey(line, other)));
    if (signatures.every(isKnown)) return;
    const found = { checkpoint, note: withSignatures(before?.note ?? { text, signatures: [] }, signatures) };
    this.#contradictions = [...others, found];
    await this.#book.keepForeign(this.#contradictions.map(({ note }) => note));
    this.#spread(found.note, undefined);
    this.#ports.changed();
    await this.#ports.contradicted(found);
  }

  // ---------------------------------------------------------------- following the log

  /** The log has grown, or more of its history is here: what could not be compared before can be now. */
  async committed(): Promise<void> {
    for (const seen of this.#book.uncompared()) {
      const verdict = await this.#compare(seen.checkpoint);
      if (verdict === 'unknown') continue;
      const note = { text: seen.text, signatures: [seen.signer.line] };
      this.#book.compared(seen, verdict === 'agrees');
      if (verdict === 'agrees') this.#gathering.add(seen.checkpoint, note);
      else await this.#differs(seen.checkpoint, note);
    }
    this.#gather();
  }

  /** One of an epoch that is over counts as long as enough of its signers are left. */
  #gather(): void {
    const before = this.whole();
    this.#newest = this.#gathering.newest(this.#ports.ledger.trust);
    const whole = this.whole();
    const isSame = before?.note.text === whole?.note.text && before?.note.signatures.length === whole?.note.signatures.length;
    if (whole === undefined || isSame) return;
    this.#book.keepWhole(whole.note);
    this.#spreadLater();
  }

  async #known(): Promise<readonly VerifierKey[]> {
    const { chain, trust, epochs } = this.#ports.ledger;
    if (this.#keys?.epoch === trust.epoch) return this.#keys.keys;
    const former = await epochs.from(Math.max(0, trust.epoch - FORMER_EPOCHS), FORMER_EPOCHS);
    const signers = [trust, ...former.map(({ next }) => next)].flatMap((one) => logSigners(chain, one));
    const keys = [...signers.flatMap(({ cosigner, log }) => (log === undefined ? [cosigner] : [cosigner, log])), ...this.witnesses];
    this.#keys = { epoch: trust.epoch, keys };
    return keys;
  }

  close(): void {
    this.#stopSpreading?.();
    // Whatever is still under way begins no other wait.
    this.#stopSpreading = () => undefined;
  }
}

/** The notes as one message, which may go to many; `undefined` where there is nothing to tell. */
function messageOf(notes: readonly Note[]): Uint8Array | undefined {
  const short = notes.map(encodeNote).filter(({ length }) => length <= CHECKPOINT_NOTE_BYTES_MAX);
  return short.length === 0 ? undefined : encodeSessionMessage({ type: 'checkpoints', notes: short.slice(0, CHECKPOINTS_CARRIED_MAX) });
}
