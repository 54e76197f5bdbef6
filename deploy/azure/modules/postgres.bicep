// State, checkpoints, membership and reminders. In the network only; a standby in another zone takes over.
param location string
param name string
param tags object
param sku string
@secure()
param password string
param subnetId string
param dnsZoneId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: 'GeneralPurpose' }
  properties: {
    version: '16'
    administratorLogin: 'analytics'
    administratorLoginPassword: password
    storage: { storageSizeGB: 256, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 14, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: 'ZoneRedundant' }
    network: { delegatedSubnetResourceId: subnetId, privateDnsZoneArmResourceId: dnsZoneId, publicNetworkAccess: 'Disabled' }
  }

  resource database 'databases' = {
    name: 'analytics'
    properties: { charset: 'UTF8', collation: 'en_US.utf8' }
  }
}

output host string = server.properties.fullyQualifiedDomainName
output database string = server::database.name
