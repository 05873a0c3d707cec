import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test'
import { reservePort } from './reservePort.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const venv = fileURLToPath(new URL('../.venv/bin/python', import.meta.url))
const python = process.env.PYTHON ?? (existsSync(venv) ? venv : 'python3')

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const chromium = process.env.CHROMIUM_PATH ?? browsers.find(existsSync)

function serve(name: string, port: number, ...options: string[]) {
  return {
    name,
    command: [`"${python}"`, '-m', 'devstack', 'serve', '--port', port, ...options].join(' '),
    cwd: repository,
    url: `http://127.0.0.1:${port}/`,
    // SIGKILL, the default, would leave the servers that it started to be found by its reaper.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    stdout: 'ignore',
    timeout: 60_000,
  } satisfies PlaywrightTestConfig['webServer']
}

const stack = await reservePort('E2E_STACK_PORT')
const embedded = await reservePort('E2E_EMBEDDED_PORT')

export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./summaryReporter.ts']],
  use: {
    trace: 'retain-on-failure',
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
    // PostgreSQL, Redis, a Celery worker and an ASGI server.
    { name: 'stack', use: { baseURL: `http://127.0.0.1:${stack}` } },
    // SQLite and threads of the ASGI server's own process.
    { name: 'embedded', grep: /@embedded/, use: { baseURL: `http://127.0.0.1:${embedded}` } },
  ],
  webServer: [serve('stack', stack), serve('embedded', embedded, '--embedded')],
})
