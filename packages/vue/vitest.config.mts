import { defineConfig } from 'vitest/config'
import SummaryReporter from '../../vitest.reporter.ts'

const oldest = new URL('test/vue33/node_modules/vue', import.meta.url).pathname

export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter()],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20000,
    projects: [
      { extends: true, test: { name: 'vue 3.5', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        resolve: { alias: { vue: oldest } },
        test: { name: 'vue 3.3', include: ['test/composables/*.test.ts'] },
      },
    ],
  },
})
