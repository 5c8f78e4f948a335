/** A chain long enough for several folds, as its blocks, and what a ledger of the first of them must hold. */
import { toHex } from '../../src/core/base/bytes.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import { Ledger, type LedgerSnapshot } from '../../src/node/ledger.ts';
import type { Space } from '../../src/node/ports.ts';
import { TestChain, textBody } from './chain.ts';
import { type LedgerContents, shortHash } from './ledger-contents.ts';

export class LongChain {
  readonly chain: TestChain;
  readonly blocks: readonly CommittedBlock[];

  private constructor(chain: TestChain, blocks: readonly CommittedBlock[]) {
    this.chain = chain;
    this.blocks = blocks;
  }

  /** Alice founds it, Bob joins with the second block; from then on entries, one to four a block unless said. Signatures are fake. */
  static async create(count: number, entriesIn = (block: number) => 1 + (block % 4)): Promise<LongChain> {
    const chain = await TestChain.create({ signatures: 'fake' });
    const invited = await chain.invite('Bob');
    const blocks = [await chain.block([invited]), await chain.block([await chain.join('Bob', invited)])];
    while (blocks.length < count) {
      const texts = Array.from({ length: entriesIn(blocks.length) }, (_, i) => `${blocks.length}/${i}`);
      blocks.push(await chain.entries(...texts));
    }
    return new LongChain(chain, blocks);
  }

  /** The block of a height, 1 and up. */
  at(height: number): CommittedBlock {
    const block = this.blocks[height - 1];
    if (block === undefined) throw new Error(`the chain has no height ${height}`);
    return block;
  }

  /** A ledger with the blocks up to a height. */
  async grown(space: Space, height: number): Promise<Ledger> {
    const ledger = await this.chain.createLedger(space);
    for (const block of this.blocks.slice(0, height)) await ledger.commit(block);
    return ledger;
  }

  /** The state at a height, as a verified snapshot brings it. */
  snapshotAt(height: number): LedgerSnapshot {
    const { point, certificate } = this.at(height);
    const names = height < 2 ? ['Alice'] : ['Alice', 'Bob'];
    return { point, certificate, names: names.map(textBody) };
  }

  /** A newcomer's ledger from the snapshot at a height. */
  adopted(space: Space, height: number): Promise<Ledger> {
    return Ledger.adopt(space, this.chain.genesisLeaf, this.snapshotAt(height));
  }

  /** What a ledger of the blocks up to a height holds, worked out from the blocks alone. */
  contents(height: number): LedgerContents {
    const { genesisLeaf, genesisBodies } = this.chain;
    const some = this.blocks.slice(0, height);
    const first = some[0]?.point.header.parent ?? new Uint8Array(0);
    const { header, id, state } = this.at(height).point;
    return {
      tip: toHex(id),
      stateRoot: toHex(state.root),
      headers: [toHex(first), ...some.map(({ point }) => toHex(blockIdOf(point.header)))],
      leaves: [genesisLeaf, ...some.flatMap(({ transactions }) => transactions.map(({ bytes }) => bytes))].map(shortHash),
      bodies: [
        genesisBodies.map(shortHash),
        ...some.flatMap(({ bodies }) => bodies.map((one) => one.map((body) => body && shortHash(body)))),
      ],
      names: header.height < 2 ? ['Alice'] : ['Alice', 'Bob'],
    };
  }
}
