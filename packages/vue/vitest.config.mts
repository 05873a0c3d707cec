import { defineConfig } from 'vitest/config'
import SummaryReporter from '../../vitest.reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    reporters: ['default', new SummaryReporter()],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20000,
  },
})
