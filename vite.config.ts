import { defineConfig } from 'vite';
import { firstLoadPlugin } from './scripts/first-load.ts';

export default defineConfig({
  // Relative addresses: a copy of the site works from any folder of any host.
  base: './',
  plugins: [firstLoadPlugin()],
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    // libp2p calls Promise.withResolvers: an engine older than ES2024 could load the page but never connect.
    target: 'es2024',
    sourcemap: true,
    // Inlined files would be `data:` addresses, which the page's content security policy refuses.
    assetsInlineLimit: 0,
    // libp2p's chunk is large and loads after the first paint; the first load has a limit of its own.
    chunkSizeWarningLimit: 2_000,
    // On a slow machine a warning about slow plugins would stand before the one line that says what failed.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  worker: { format: 'es' },
});
