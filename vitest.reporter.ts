import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one line that another program can read: `12 passed, 0 failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    let passed = 0
    let failed = unhandledErrors.length
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed++
        if (test.result().state === 'failed') failed++
      }
      // A file that cannot be loaded has no tests, and must not look like success.
      failed += module.errors().length
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  }
}
