import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { test as base, expect } from './fixtures.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const python = resolve(repository, process.env.VENV ?? '.venv', 'bin/python')

/** The project that version 1's documentation makes, as `tests.seeds.guide` serves it. */
interface Guide {
  /** With the API at its default address, open to all. */
  site: string
  /** With the API under /task-api/, for logged-in users, and other names for the CSRF token. */
  moved: string
  /** The documentation's command to install the client. */
  install: string[]
}

/** A folder in which that command was run, with what would be published in place of what is. */
interface NodeProject {
  folder: string
  /** Runs a code block as a file of this name and returns what it printed. */
  run(file: string, code: string, flag: string, options: string): string
}

export const test = base.extend<object, { guide: Guide; nodeProject: NodeProject }>({
  guide: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs off this pattern.
    async ({}, use) => {
      const server = spawn(python, ['-m', 'tests.seeds.guide'], {
        cwd: join(repository, 'python'),
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const exited = once(server, 'exit')
      let line = ''
      for await (line of createInterface({ input: server.stdout })) break
      if (!line) throw new Error('The project of the documentation did not start; see its output above.')
      await use(JSON.parse(line))
      server.stdin.end()
      await exited
    },
    { scope: 'worker', timeout: 180_000 },
  ],

  nodeProject: [
    async ({ guide }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'task-api-node-'))
      const call = (cwd: string, program: string, ...args: string[]) => {
        const env = { ...process.env, BASE_URL: `${guide.site}/tasks/` }
        const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
        if (status !== 0) throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`)
        return stdout
      }
      const packages = join(repository, 'packages/core')
      const tarball = call(packages, 'npm', 'pack', '--silent', '--pack-destination', folder).trim()
      const [program = '', ...args] = guide.install.map(word =>
        word === 'django-task-api' ? join(folder, tarball) : word,
      )
      writeFileSync(join(folder, 'package.json'), '{"private": true}')
      call(folder, program, ...args, '--offline', '--no-audit', '--no-fund')
      await use({
        folder,
        run(file, code, flag, options) {
          writeFileSync(join(folder, file), code)
          writeFileSync(join(folder, `options-${file}`), options)
          return call(folder, 'node', flag, `./options-${file}`, file)
        },
      })
      rmSync(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

/** Collects what the page prints to its console from now on. */
export function recordConsole(page: Page): string[] {
  const printed: string[] = []
  page.on('console', message => {
    if (message.type() === 'log') printed.push(message.text())
  })
  return printed
}

export { expect }
