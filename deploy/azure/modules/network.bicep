// One network: silos on one side, the database in a subnet of its own that has no public address.
param location string
param prefix string
param tags object

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${prefix}-network'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [ '10.40.0.0/16' ] }
    subnets: [
      {
        name: 'kubernetes'
        properties: {
          addressPrefix: '10.40.0.0/20'
          serviceEndpoints: [ { service: 'Microsoft.Storage' } ]
        }
      }
      {
        name: 'postgres'
        properties: {
          addressPrefix: '10.40.16.0/24'
          delegations: [ { name: 'postgres', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } } ]
        }
      }
    ]
  }

  resource kubernetes 'subnets' existing = {
    name: 'kubernetes'
  }

  resource postgres 'subnets' existing = {
    name: 'postgres'
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: '${prefix}.private.postgres.database.azure.com'
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: 'network'
    location: 'global'
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
}

output kubernetesSubnetId string = network::kubernetes.id
output postgresSubnetId string = network::postgres.id
output postgresDnsZoneId string = zone.id
