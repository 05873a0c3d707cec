import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// The compilers that the client is tested with.
const require = createRequire(new URL('../../core/package.json', import.meta.url))

/** Compiles uses of the built types. Their `@ts-expect-error` lines are what shows that this can fail. */
export function checkTypes(project: URL): void {
  test.each(['typescript-5', 'typescript', 'typescript-7'])(
    'the built types serve a project with registered tasks under %s',
    compiler => {
      const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc')
      const args = [tsc, '-p', fileURLToPath(project)]
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(stdout + stderr).toBe('')
      expect(status).toBe(0)
    },
    120_000,
  )
}
