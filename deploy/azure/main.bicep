// A cluster of silos on Azure: AKS, Event Hubs as the log, PostgreSQL for state and membership, Storage for lake and snapshots. No shared keys: the silos sign in
// as one managed identity (the database alone has a password). Deploy into a resource group:
//   az deployment group create -g RG -f deploy/azure/main.bicep -p postgresPassword=...
targetScope = 'resourceGroup'

@description('Where everything is.')
param location string = resourceGroup().location

@description('How the names of all resources begin: 3 to 12 lower-case letters and digits.')
@minLength(3)
@maxLength(12)
param prefix string = 'analytics'

@description('The password of the database administrator; the silos take it from a Kubernetes secret.')
@secure()
@minLength(16)
param postgresPassword string

@description('Partitions of the log. Cannot be changed later, and must equal Log:Partitions of the silos.')
@minValue(1)
@maxValue(32)
param partitions int = 32

@description('Days that the log keeps events. A partition that was away for longer loses what is gone.')
@minValue(1)
@maxValue(7)
param logRetentionDays int = 7

@description('Throughput units of Event Hubs: each takes in 1 MB/s, some 10,000 events a second.')
@minValue(1)
@maxValue(40)
param throughputUnits int = 4

@description('Machines for silos; the cluster autoscaler adds up to three times as many.')
@minValue(3)
@maxValue(30)
param nodes int = 3

@description('Size of those machines.')
param nodeSize string = 'Standard_D4ads_v5'

@description('Size of the database.')
param postgresSku string = 'Standard_D4ds_v5'

@description('The Kubernetes namespace and service account of the silos: whoever runs as this account is the managed identity.')
param serviceAccount string = 'orleans-analytics:silo'

var unique = take(uniqueString(resourceGroup().id), 6)
var tags = { application: 'orleans-analytics' }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${prefix}-silo'
  location: location
  tags: tags
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${prefix}-logs'
  location: location
  tags: tags
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: { location: location, prefix: prefix, tags: tags }
}

module log 'modules/event-hubs.bicep' = {
  name: 'log'
  params: {
    location: location
    name: '${prefix}-${unique}-log'
    tags: tags
    partitions: partitions
    retentionDays: logRetentionDays
    throughputUnits: throughputUnits
    principalId: identity.properties.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: { location: location, name: '${prefix}${unique}', tags: tags, principalId: identity.properties.principalId, subnetId: network.outputs.kubernetesSubnetId }
}

module postgres 'modules/postgres.bicep' = {
  name: 'postgres'
  params: {
    location: location
    name: '${prefix}-${unique}-db'
    tags: tags
    sku: postgresSku
    password: postgresPassword
    subnetId: network.outputs.postgresSubnetId
    dnsZoneId: network.outputs.postgresDnsZoneId
  }
}

module kubernetes 'modules/kubernetes.bicep' = {
  name: 'kubernetes'
  params: {
    location: location
    prefix: prefix
    registryName: '${prefix}${unique}'
    tags: tags
    nodes: nodes
    nodeSize: nodeSize
    subnetId: network.outputs.kubernetesSubnetId
    workspaceId: logs.id
    identityName: identity.name
    serviceAccount: serviceAccount
  }
}

@description('For deploy/kubernetes/azure.')
output settings object = {
  clientId: identity.properties.clientId
  registry: kubernetes.outputs.registry
  bootstrapServers: log.outputs.bootstrapServers
  topic: log.outputs.topic
  blobs: storage.outputs.blobs
  tables: storage.outputs.tables
  postgresHost: postgres.outputs.host
  postgresDatabase: postgres.outputs.database
}
