// Where the silos run. KEDA scales them by lag, workload identity signs them in.
param location string
param prefix string
param registryName string
param tags object
param nodes int
param nodeSize string
param subnetId string
param workspaceId string
param identityName string
param serviceAccount string

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: registryName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { adminUserEnabled: false }
}

resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  name: '${prefix}-cluster'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    dnsPrefix: prefix
    enableRBAC: true
    disableLocalAccounts: true
    aadProfile: { managed: true, enableAzureRBAC: true }
    oidcIssuerProfile: { enabled: true }
    securityProfile: { workloadIdentity: { enabled: true } }
    workloadAutoScalerProfile: { keda: { enabled: true } }
    networkProfile: { networkPlugin: 'azure', networkPluginMode: 'overlay', networkDataplane: 'cilium', networkPolicy: 'cilium' }
    addonProfiles: { omsagent: { enabled: true, config: { logAnalyticsWorkspaceResourceID: workspaceId } } }
    agentPoolProfiles: [
      {
        name: 'silos'
        mode: 'System'
        count: nodes
        minCount: nodes
        maxCount: nodes * 3
        enableAutoScaling: true
        vmSize: nodeSize
        osSKU: 'AzureLinux'
        availabilityZones: [ '1', '2', '3' ]
        vnetSubnetID: subnetId
      }
    ]
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, cluster.id, acrPull)
  scope: registry
  properties: {
    principalId: cluster.properties.identityProfile.kubeletidentity.objectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName

  resource federation 'federatedIdentityCredentials' = {
    name: 'silo'
    properties: { issuer: cluster.properties.oidcIssuerProfile.issuerURL, subject: 'system:serviceaccount:${serviceAccount}', audiences: [ 'api://AzureADTokenExchange' ] }
  }
}

output registry string = registry.properties.loginServer
output cluster string = cluster.name
