import tasks = require('django-task-api')

tasks.run('anything', {}).then(json => json.outputs.sum)
tasks.options.baseURL = '/x/'
new tasks.TaskError('http', 'A test.')
tasks.default.run('anything')
