import { definePackage } from '@django-task-api/adapter-kit'
import { defineConfig } from 'tsdown'

export default defineConfig(
  definePackage(import.meta.dirname, {
    name: 'django-task-api-vue',
    global: 'TaskAPIVue',
    framework: 'vue',
    frameworkGlobal: 'Vue',
  }),
)
