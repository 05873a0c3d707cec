import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const packages = fileURLToPath(new URL('../..', import.meta.url))

/** Packs a package of the workspace as it is published. */
export function pack(name: string, destination: string): string {
  // The pnpm that runs the tests; it may be a program or a script.
  const pnpm = process.env.npm_execpath || 'pnpm'
  const [program, ...before] = /\.c?js$/.test(pnpm) ? [process.execPath, pnpm] : [pnpm]
  const output = execFileSync(
    program as string,
    [...before, 'pack', '--json', '--pack-destination', destination],
    {
      cwd: join(packages, name),
      encoding: 'utf8',
    },
  )
  return JSON.parse(output).filename
}

/**
 * Makes a folder of an app, and installs packages of the workspace into it from their tarballs.
 *
 * @param others - folders of packages to link, by name
 */
export function install(names: string[], others: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'django-task-api-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const modules = join(folder, 'node_modules')
  for (const name of names) {
    const target = join(modules, name === 'core' ? 'django-task-api' : `@django-task-api/${name}`)
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', pack(name, folder), '-C', target, '--strip-components', '1'])
  }
  for (const [name, source] of Object.entries(others)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(source, join(modules, name))
  }
  return folder
}

/** All files of a folder, with their paths in it. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
