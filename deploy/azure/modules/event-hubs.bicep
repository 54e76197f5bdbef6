// The log. Standard is the smallest tier with the Kafka endpoint; SAS keys are off, so only Entra tokens open it.
param location string
param name string
param tags object
param partitions int
param retentionDays int
param throughputUnits int
param principalId string

var dataSender = '2b629674-e913-4c01-ae53-ef4638d8f975'
var dataReceiver = 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: throughputUnits }
  properties: { disableLocalAuth: true, minimumTlsVersion: '1.2', kafkaEnabled: true, isAutoInflateEnabled: true, maximumThroughputUnits: 40 }

  resource hub 'eventhubs' = {
    name: 'events'
    properties: { partitionCount: partitions, retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionDays * 24 } }
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [ dataSender, dataReceiver ]: {
    name: guid(namespace.id, principalId, role)
    scope: namespace
    properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role) }
  }
]

output bootstrapServers string = '${namespace.name}.servicebus.windows.net:9093'
output topic string = namespace::hub.name
