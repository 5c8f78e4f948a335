/** A bare stream from a Node client in a process of its own: `bare-client.ts ADDRESS BYTES`. Says its `BareTimes`. */
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { measureBare } from './bare.ts';
import { say } from './helper.ts';

const [address = '', bytes = ''] = process.argv.slice(2);
const node = await nodeLibp2p();
say(await measureBare(node, address, Number(bytes)));
await node.stop();
