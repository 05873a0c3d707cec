import { definePackage } from '@django-task-api/adapter-kit'
import { defineConfig } from 'tsdown'

export default defineConfig(
  definePackage(
    import.meta.dirname,
    {
      name: 'django-task-api-react',
      global: 'TaskAPIReact',
      framework: 'react',
      frameworkGlobal: 'React',
    },
    // The hooks belong to the browser's half of an app with server components.
    "'use client'",
  ),
)
