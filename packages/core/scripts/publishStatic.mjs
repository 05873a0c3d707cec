// Django serves the scripts from the Python package, so that a template needs no npm.
import { copyFileSync, mkdirSync } from 'node:fs'

const dist = new URL('../dist/', import.meta.url)
const target = new URL('../../../python/src/task_api/static/', import.meta.url)

mkdirSync(target, { recursive: true })
for (const name of ['django-task-api.min.js', 'django-task-api.legacy.min.js']) {
  copyFileSync(new URL(name, dist), new URL(name, target))
}
