import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkPackage as checkTypes, createPackageFromTarballData } from '@arethetypeswrong/core'
import { minifySync } from '@swc/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { expect, test } from 'vitest'
import { filesOf, install, pack } from './installation'

const core = JSON.parse(readFileSync(new URL('../../core/package.json', import.meta.url), 'utf8'))

/** The bytes after gzip that a package may have, minified. */
interface Limits {
  /** Its module, which imports the client and the stores. */
  module: number
  /** Its script for script tags, which holds the stores. */
  script: number
}

/** Tests what is published of a package for a framework. */
export function checkPackage(name: string, peers: Record<string, string>, limits: Limits): void {
  const folder = install([name], {})
  const installed = join(folder, 'node_modules/@django-task-api', name)
  const script = `dist/django-task-api-${name}.min.js`
  const files = { module: 'dist/index.mjs', script }
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

  function sizeOf(kind: keyof Limits): number {
    const text = readFileSync(join(installed, files[kind]), 'utf8')
    const shipped = kind === 'module' ? minifySync(text, { module: true, mangle: true }).code : text
    return gzipSync(shipped, { level: 9 }).length
  }

  test('the package holds what is used, and nothing else', () => {
    expect(filesOf(installed)).toEqual([
      'LICENSE',
      'README.md',
      script,
      'dist/index.cjs',
      'dist/index.d.cts',
      'dist/index.d.mts',
      'dist/index.mjs',
      'package.json',
    ])
  })

  test('it depends on nothing, but on the framework and the client of its own version being there', () => {
    expect(manifest.dependencies).toBeUndefined()
    expect(manifest.version).toBe(core.version)
    expect(manifest.peerDependencies).toEqual({ ...peers, 'django-task-api': `^${core.version}` })
  })

  test('publint finds nothing', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
    expect(messages.map(message => formatMessage(message, pkg as Record<string, unknown>))).toEqual([])
  })

  test('its types are right for every way of importing it', async () => {
    const tarball = readFileSync(pack(name, folder))
    const result = await checkTypes(createPackageFromTarballData(new Uint8Array(tarball)))
    expect(result.types).not.toBe(false)
    const problems = 'problems' in result ? result.problems : []
    // The script is for script tags.
    expect(problems.filter(each => !('entrypoint' in each && /min\.js$/.test(each.entrypoint)))).toEqual([])
  })

  test.each(['module', 'script'] as const)('the %s is small', kind => {
    const bytes = sizeOf(kind)
    console.log(`${name}, ${files[kind]}: ${bytes} bytes after gzip, of ${limits[kind]}`)
    expect(bytes).toBeLessThanOrEqual(limits[kind])
  })

  const pages = [`packages/${name}/README.md`, `docs/reference/${name}.md`]
  test.each(pages)('%s tells the sizes', page => {
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8')
    for (const kind of ['module', 'script'] as const) {
      const row = text.split('\n').find(line => line.startsWith(`| \`${basename(files[kind])}\``))
      expect(row).toMatch(`| ${(sizeOf(kind) / 1000).toFixed(1)} kB `)
    }
  })

  test.each(['index.mjs', 'index.cjs'])('dist/%s holds neither the client nor the stores', file => {
    const text = readFileSync(join(installed, 'dist', file), 'utf8')
    const imported = [...text.matchAll(/(?:from |require\()"([^"]+)"/g)].map(([, from]) => from)
    expect(imported.sort()).toEqual(
      [...Object.keys(peers), 'django-task-api', 'django-task-api/stores'].sort(),
    )
  })

  test.each(['index.mjs', 'index.cjs', 'index.d.mts', script.slice(5)])(
    'dist/%s names nothing private',
    file => {
      const text = readFileSync(join(installed, 'dist', file), 'utf8')
      expect(text).not.toMatch(/sourceMappingURL|@django-task-api\/adapter-kit|node_modules|file:\/\/\//)
    },
  )
}
