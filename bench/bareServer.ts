// The SDK's own HTTP server, answering the tool in its process: what a call over HTTP costs without anything behind it.
import { startContractHttp } from '../test/fixtures/servers/contract.ts';

const { url } = await startContractHttp({ era: process.argv[2] === 'legacy' ? 'legacy' : 'modern' });
process.stdout.write(`${JSON.stringify({ url })}\n`);
