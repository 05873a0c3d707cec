import 'django-task-api'

declare module 'django-task-api' {
  interface Register {
    tasks: {
      sum: { inputs: { numbers: number[] }; outputs: { sum: number } }
      greet: { inputs: { name?: string }; outputs: { text: string } }
      clean: { inputs: Record<never, never>; outputs: Record<never, never> }
    }
  }
}
