import { defineConfig } from 'vitest/config'
import SummaryReporter from '../../vitest.reporter.ts'

const old = (name: string) => new URL(`test/react18/node_modules/${name}`, import.meta.url).pathname

/** What also runs on the oldest React that is supported. */
const onEachReact = 'test/hooks/*.test.tsx'

export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter()],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20000,
    projects: [
      { extends: true, test: { name: 'react 19', include: ['test/**/*.test.{ts,tsx}'] } },
      {
        extends: true,
        resolve: { alias: { react: old('react'), 'react-dom': old('react-dom') } },
        test: { name: 'react 18', include: [onEachReact] },
      },
    ],
  },
})
