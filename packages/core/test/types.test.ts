import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)

// The `@ts-expect-error` lines in the projects are what shows that these tests can fail. What `generated` registers is
// written by `manage.py task_api_types`, from tasks that use every type; Python's tests see to it that it is fresh.
const projects = ['registered', 'generated', 'loose']
const compilers = ['typescript-5', 'typescript', 'typescript-7']

test.each(projects.flatMap(project => compilers.map(compiler => [project, compiler] as const)))(
  'the built types serve the project %s under %s',
  (project, compiler) => {
    const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc')
    const folder = fileURLToPath(new URL(`types/${project}`, import.meta.url))
    const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    expect(stdout + stderr).toBe('')
    expect(status).toBe(0)
  },
  120_000,
)
