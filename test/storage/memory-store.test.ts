import { memoryStore } from '../../src/storage/memory-store.ts';
import { storeContract } from './store-contract.ts';

storeContract('memory', async () => ({ open: async () => memoryStore(), persistent: false, destroy: async () => undefined }));
