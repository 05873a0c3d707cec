import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { install } from '../../adapter-kit/src/installation'
import { browse } from '../../adapter-kit/src/sumPage'

const here = (path: string) => realpathSync(fileURLToPath(new URL(path, import.meta.url)))
const folder = install(['core', 'vue'], { vue: here('../node_modules/vue') })
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

/** An app that runs one task as soon as it is there. */
const app = `
createApp({
  setup() {
    const { run, status, outputs } = useTask('sum')
    onMounted(() => run({ numbers: [1, 2] }))
    return () => h('p', status.value + (outputs.value ? ' ' + outputs.value.sum : ''))
  },
}).use(createTaskApi()).mount('#app')
`
const imports = `
import { createApp, h, onMounted } from 'vue'
import { createTaskApi, useTask } from '@django-task-api/vue'
`

test('an app that Vite builds runs a task', async () => {
  write('app.js', imports + app)
  write('index.html', '<div id="app"></div><script type="module" src="./app.js"></script>')
  await build({
    root: folder,
    base: './',
    logLevel: 'error',
    build: { outDir: 'built', modulePreload: false },
  })
  expect(await browse(join(folder, 'built'), 'index.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test('a page with an import map runs a task, without a build', async () => {
  const map = {
    vue: './node_modules/vue/dist/vue.esm-browser.prod.js',
    'django-task-api': './node_modules/django-task-api/dist/index.mjs',
    'django-task-api/stores': './node_modules/django-task-api/dist/stores.mjs',
    '@django-task-api/vue': './node_modules/@django-task-api/vue/dist/index.mjs',
  }
  write(
    'map.html',
    `<div id="app"></div>
    <script type="importmap">${JSON.stringify({ imports: map })}</script>
    <script type="module">${imports}${app}</script>`,
  )
  expect(await browse(folder, 'map.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test('a page with script tags alone runs a task with the globals', async () => {
  const script = (path: string) =>
    `<script>${readFileSync(join(folder, 'node_modules', path), 'utf8').replaceAll('</script>', '<\\/script>')}</script>`
  write(
    'tags.html',
    `<div id="app"></div>
    ${script('vue/dist/vue.global.prod.js')}
    ${script('django-task-api/dist/django-task-api.min.js')}
    ${script('@django-task-api/vue/dist/django-task-api-vue.min.js')}
    <script>
      const { createApp, h, onMounted } = Vue
      const { createTaskApi, useTask } = TaskAPIVue
      ${app}
    </script>`,
  )
  expect(await browse(folder, 'tags.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test.each(['require', 'script'])('a CommonJS program renders: %s', kind => {
  const name = kind === 'script' ? '/dist/django-task-api-vue.min.js' : ''
  write(
    'program.cjs',
    `const { createSSRApp } = require('vue')
    const { renderToString } = require('vue/server-renderer')
    const { useTask, useTaskClient } = require('@django-task-api/vue${name}')
    const app = createSSRApp({
      setup() {
        const isDefault = useTaskClient() === require('django-task-api').default
        const { status } = useTask('sum')
        return () => status.value + ' ' + isDefault
      },
    })
    renderToString(app).then(console.log)`,
  )
  expect(execFileSync(process.execPath, ['program.cjs'], { cwd: folder, encoding: 'utf8' })).toBe(
    'idle true\n',
  )
})
