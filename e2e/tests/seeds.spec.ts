import { basename, join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, recordConsole, test } from '../guide.ts'

interface VersionOne {
  options: Record<string, unknown>
  run(task: string, inputs: object): Promise<unknown>
}

declare const TaskAPI: VersionOne
declare function sumTask(numbers: number[]): void

// One project for all tests here, instead of one for each of Playwright's processes.
test.describe.configure({ mode: 'default' })

// The documentation's project has no icon, and its server no streams.
test.use({ expectedErrors: [/favicon\.ico|status of 406/] })

/** Runs a JavaScript block of version 1's documentation in the page, from a file. */
async function runBlock(page: Page, name: string): Promise<void> {
  await page.addScriptTag({ url: `/static/blocks/${name}.js` })
}

test('example: the page counts to ten', async ({ page, guide }) => {
  await page.goto(`${guide.site}/myapp`)
  await expect(page).toHaveTitle('Task API Example')
  const button = page.getByRole('button', { name: 'Run' })
  await button.click()
  await expect(button).toBeDisabled()
  await expect(page.getByText(/^Progress: [1-9] \/ 10$/)).toBeVisible()
  await expect(page.getByText('Progress: 10 / 10')).toBeVisible({ timeout: 20_000 })
  await expect(button).toBeEnabled()
})

test('sum-task: the sum is printed', async ({ page, guide }) => {
  const printed = recordConsole(page)
  await page.goto(`${guide.site}/myapp-sum`)
  await page.evaluate(() => sumTask([1, 2, 3.5]))
  await expect.poll(() => printed).toEqual(['Sum: 6.5'])
})

test.describe('script-tag: the global TaskAPI', () => {
  test.beforeEach(async ({ page, guide }) => {
    await page.goto(`${guide.site}/myapp-script-tag`)
  })

  test('global: runs a task', async ({ page }) => {
    const printed = recordConsole(page)
    await runBlock(page, 'global')
    await expect.poll(() => printed).toEqual(['Some output'])
  })

  test('progress-callback: is called with each status up to the last', async ({ page }) => {
    const printed = recordConsole(page)
    await runBlock(page, 'progress-callback')
    await expect.poll(() => printed.at(-1)).toBe('Status: succeeded')
    expect(printed.every(line => /^Status: (pending|running|succeeded)$/.test(line))).toBe(true)
  })

  test('promise-or-callbacks: both forms tell of success', async ({ page }) => {
    const printed = recordConsole(page)
    await runBlock(page, 'promise-or-callbacks')
    await expect.poll(() => printed).toEqual(['Success!', 'Success!'])
  })

  test.describe('where the task cannot be started', () => {
    test.use({ expectedErrors: [/status of 404/] })

    test('promise-or-callbacks: both forms tell of the error', async ({ page }) => {
      const printed = recordConsole(page)
      await page.evaluate(() => {
        TaskAPI.options.baseURL = '/nowhere/tasks/'
      })
      await runBlock(page, 'promise-or-callbacks')
      await expect.poll(() => printed.toSorted()).toEqual(['Error!', 'Error.'])
    })
  })
})

test.describe('on the server with other addresses and names', () => {
  test.beforeEach(async ({ page, guide }) => {
    await page.goto(`${guide.moved}/admin/login/?next=/myapp-script-tag`)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Password').fill('ada')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL('**/myapp-script-tag')
  })

  test('base-url: the API is found', async ({ page }) => {
    const printed = recordConsole(page)
    await page.evaluate(() =>
      Object.assign(TaskAPI.options, { csrfCookieName: 'csrf-tok', csrfHeaderName: 'X-CSRF' }),
    )
    await runBlock(page, 'base-url')
    await expect.poll(() => printed).toEqual(['Some output'])
  })

  test('csrf-names: a logged-in request is accepted', async ({ page }) => {
    const printed = recordConsole(page)
    await page.evaluate(() => {
      TaskAPI.options.baseURL = '/task-api/tasks/'
    })
    const posted = page.waitForRequest(request => request.method() === 'POST')
    await runBlock(page, 'csrf-names')
    await expect.poll(() => printed).toEqual(['Some output'])
    const cookies = await page.context().cookies()
    const token = cookies.find(cookie => cookie.name === 'csrf-tok')?.value
    expect(token).toBeTruthy()
    expect((await posted).headers()['x-csrf']).toBe(token)
  })

  test.describe('with the names left alone', () => {
    test.use({ expectedErrors: [/favicon\.ico|status of 403/] })

    test('a logged-in request is refused', async ({ page }) => {
      const outcome = await page.evaluate(() => {
        TaskAPI.options.baseURL = '/task-api/tasks/'
        return TaskAPI.run('my-task', { name: 'Hi' }).then(
          () => 'succeeded',
          error => error.message,
        )
      })
      expect(outcome).toContain('CSRF')
    })
  })
})

test.describe('npm-install, then import-or-require', () => {
  const block = async (page: Page, site: string, way: 'import' | 'require') => {
    const response = await page.request.get(`${site}/static/blocks/import-or-require-${way}.js`)
    expect(response.status()).toBe(200)
    return response.text()
  }

  test('require in Node', async ({ page, guide, nodeProject }) => {
    const code = await block(page, guide.site, 'require')
    const options = "require('django-task-api').options.baseURL = process.env.BASE_URL"
    expect(nodeProject.run('index.cjs', code, '--require', options)).toBe('Some output\n')
  })

  test('import in Node', async ({ page, guide, nodeProject }) => {
    const code = await block(page, guide.site, 'import')
    const options = "import { options } from 'django-task-api'; options.baseURL = process.env.BASE_URL"
    expect(nodeProject.run('index.mjs', code, '--import', options)).toBe('Some output\n')
  })

  test('import in Chromium', async ({ page, guide, nodeProject }) => {
    const printed = recordConsole(page)
    const dist = join(nodeProject.folder, 'node_modules/django-task-api/dist')
    await page.route('**/dist/*.mjs', route =>
      route.fulfill({ path: join(dist, basename(route.request().url())), contentType: 'text/javascript' }),
    )
    await page.route('**/import', route =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!DOCTYPE html><link rel="icon" href="data:,">
          <script type="importmap">{"imports": {"django-task-api": "/dist/index.mjs"}}</script>
          <script type="module" src="/static/blocks/import-or-require-import.js"></script>`,
      }),
    )
    await page.goto(`${guide.site}/import`)
    await expect.poll(() => printed).toEqual(['Some output'])
  })
})
