import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'django-task-api-'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
let packed: { filename: string; files: { path: string }[] }
let tarball: Buffer

beforeAll(() => {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  packed = JSON.parse(output)[0]
  tarball = readFileSync(join(folder, packed.filename))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the package holds what is used, and nothing else', () => {
  expect(packed.files.map(({ path }) => path).sort()).toEqual([
    'LICENSE',
    'README.md',
    'dist/callback.cjs',
    'dist/callback.mjs',
    'dist/client.d.cts',
    'dist/client.d.mts',
    'dist/django-task-api.legacy.min.js',
    'dist/django-task-api.min.js',
    'dist/index.cjs',
    'dist/index.d.cts',
    'dist/index.d.mts',
    'dist/index.mjs',
    'dist/stores.cjs',
    'dist/stores.d.cts',
    'dist/stores.d.mts',
    'dist/stores.mjs',
    'package.json',
  ])
})

test('it depends on nothing', () => {
  expect(manifest).not.toHaveProperty('dependencies')
  expect(manifest).not.toHaveProperty('peerDependencies')
})

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: root, pack: false, strict: true })
  expect(messages.map(message => formatMessage(message, pkg as Record<string, unknown>))).toEqual([])
})

test('its types are right for every way of importing it', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)))
  expect(result.types).not.toBe(false)
  const problems = 'problems' in result ? result.problems : []
  // The scripts are for script tags.
  expect(
    problems.filter(problem => !('entrypoint' in problem && /min\.js$/.test(problem.entrypoint))),
  ).toEqual([])
})
