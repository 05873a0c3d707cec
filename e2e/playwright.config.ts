import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test'
import { findChromium } from './findChromium.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const python = resolve(repository, process.env.VENV ?? '.venv', 'bin/python')

// Each of Playwright's processes reads this file; the first one's answer reaches the others through the environment.
process.env.CHROMIUM_PATH ??= findChromium() ?? ''
const chromium = process.env.CHROMIUM_PATH

/** Starts the example on a free port; its address, once it answers, is in the environment of all tests. */
function serve(name: string, addressLine: RegExp, ...options: string[]) {
  return {
    name,
    command: [`"${python}"`, '-m', 'devstack', 'serve', '--quiet', ...options].join(' '),
    cwd: repository,
    wait: { stdout: addressLine },
    // SIGKILL, the default, would leave the servers that it started to be found by its reaper.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    timeout: 180_000,
  } satisfies PlaywrightTestConfig['webServer']
}

// Set in the processes that run tests; the one that starts the servers reads this file before it knows.
const onServer = (url: string | undefined) => (url ? { baseURL: url } : {})

export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./summaryReporter.ts']],
  use: {
    // Traces cost every test time; --trace=retain-on-failure records them.
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(chromium && { executablePath: chromium }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    // PostgreSQL, Redis, a Celery worker, an ASGI server and, for the tests of polls, a WSGI server.
    { name: 'stack', testIgnore: 'demo.spec.ts', use: onServer(process.env.STACK_URL) },
    // SQLite and threads of the ASGI server's own process.
    {
      name: 'embedded',
      testIgnore: 'demo.spec.ts',
      grep: /@embedded/,
      use: onServer(process.env.EMBEDDED_URL),
    },
    // Starts what it needs by itself.
    { name: 'demo', testMatch: 'demo.spec.ts' },
  ],
  webServer: [
    serve(
      'stack',
      /answers on (?<stack_url>http:\S+).*By WSGI it answers on (?<wsgi_url>http:\S+)/s,
      ...['--wsgi', '--concurrency', '12'],
    ),
    serve('embedded', /answers on (?<embedded_url>http:\S+)/, '--embedded'),
  ],
})
