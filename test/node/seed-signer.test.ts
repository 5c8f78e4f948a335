import { seedSignerContract } from './seed-signer-contract.ts';

seedSignerContract();
