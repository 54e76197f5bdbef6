using k8s;
using k8s.Models;
using OrleansAnalytics.Tests.House;
using Xunit;

namespace OrleansAnalytics.Tests.Deploy;

/// <summary>The manifests as the API would read them: every field known, and what refers to something refers to what is there.</summary>
public sealed class KubernetesTests
{
    private const string Base = "deploy/kubernetes/base/";
    private const string Azure = "deploy/kubernetes/azure/";

    private static readonly Dictionary<string, Type> Kinds = new(StringComparer.Ordinal)
    {
        ["v1/Namespace"] = typeof(V1Namespace),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["rbac.authorization.k8s.io/v1/Role"] = typeof(V1Role),
        ["rbac.authorization.k8s.io/v1/RoleBinding"] = typeof(V1RoleBinding),
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/Secret"] = typeof(V1Secret),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["batch/v1/Job"] = typeof(V1Job),
        ["v1/Service"] = typeof(V1Service),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
    };

    private static V1Deployment Silo => Load(Base + "deployment.yaml").OfType<V1Deployment>().Single();

    private static V1Container Container => Silo.Spec.Template.Spec.Containers.Single();

    private static V1Job Schema => Load(Base + "schema.yaml").OfType<V1Job>().Single();

    public static TheoryData<string> Manifests => [.. Repository.Files(".yaml").Where(file =>
        file.StartsWith("deploy/kubernetes/", StringComparison.Ordinal) && !file.EndsWith("/kustomization.yaml", StringComparison.Ordinal) && !file.EndsWith("/scaled-object.yaml", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Every_field_of_a_manifest_is_known(string file) => Assert.NotEmpty(Load(file));

    [Theory]
    [InlineData(Base)]
    [InlineData(Azure)]
    public void The_kustomization_names_files_that_are_there(string folder)
    {
        var kustomization = Yaml.Read(folder + "kustomization.yaml").Single();
        var files = kustomization.Strings("resources").Concat(kustomization.Strings("patches", "path")).Where(file => file.EndsWith(".yaml", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.True(Repository.Has(folder + file), file));
    }

    [Fact]
    public void The_pods_may_not_do_more_than_their_work() => Assert.All([Silo.Spec.Template.Spec, Schema.Spec.Template.Spec], pod =>
    {
        var own = pod.Containers.Single().SecurityContext;
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.True(own.ReadOnlyRootFilesystem);
        Assert.False(own.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], own.Capabilities.Drop);
    });

    [Fact]
    public void The_image_of_the_tables_job_is_the_silos() => Assert.Equal(Container.Image, Schema.Spec.Template.Spec.Containers.Single().Image);

    [Fact]
    public void The_secrets_and_settings_that_pods_take_are_described()
    {
        var described = Load(Base + "secret.example.yaml").OfType<V1Secret>().Select(secret => secret.Metadata.Name).Concat(Load(Base + "config-map.yaml").OfType<V1ConfigMap>().Select(map => map.Metadata.Name));
        var taken = new[] { Container, Schema.Spec.Template.Spec.Containers.Single() }.SelectMany(container => container.EnvFrom).Select(from => from.SecretRef?.Name ?? from.ConfigMapRef.Name);
        Assert.Equal(described.Distinct().Order(), taken.Distinct().Order());
    }

    [Fact]
    public void A_pod_that_is_told_to_end_has_time_to_save() =>
        Assert.True(Silo.Spec.Template.Spec.TerminationGracePeriodSeconds > OrleansAnalytics.Hosting.SiloHost.ShutdownTimeout.TotalSeconds);

    [Fact]
    public void Selectors_fit_the_pods()
    {
        var labels = Silo.Spec.Template.Metadata.Labels;
        Assert.All(
            new[]
            {
                Silo.Spec.Selector.MatchLabels,
                Load(Base + "service.yaml").OfType<V1Service>().Single().Spec.Selector,
                Load(Base + "disruption-budget.yaml").OfType<V1PodDisruptionBudget>().Single().Spec.Selector.MatchLabels,
                Load(Base + "network-policy.yaml").OfType<V1NetworkPolicy>().Single().Spec.PodSelector.MatchLabels,
            },
            selector => Assert.All(selector, pair => Assert.Equal(pair.Value, labels[pair.Key])));
    }

    [Fact]
    public void Ports_that_are_named_are_there()
    {
        var ports = Container.Ports.Select(port => port.Name).ToHashSet();
        var named = Load(Base + "network-policy.yaml").OfType<V1NetworkPolicy>().Single().Spec.Ingress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value)
            .Concat(Load(Base + "service.yaml").OfType<V1Service>().Single().Spec.Ports.Select(port => port.TargetPort.Value))
            .Concat(new[] { Container.StartupProbe, Container.LivenessProbe, Container.ReadinessProbe }.Select(probe => probe.HttpGet.Port.Value));
        Assert.All(named, port => Assert.Contains(port, ports));
    }

    [Fact]
    public void The_pods_settings_and_arguments_are_the_silos()
    {
        var settings = Load(Base + "config-map.yaml").OfType<V1ConfigMap>().Single().Data.Keys
            .Concat(Load(Base + "secret.example.yaml").OfType<V1Secret>().SelectMany(secret => secret.StringData.Keys))
            .Concat(Repository.Read(Azure + "settings.env").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]));
        Assert.All(settings, DeployedSettings.Check);
        DeployedSettings.CheckArguments(Container.Args);
        DeployedSettings.CheckArguments(Schema.Spec.Template.Spec.Containers.Single().Args);
    }

    private static List<object> Load(string file) => KubernetesYaml.LoadAllFromString(Repository.Read(file), Kinds, strict: true);
}
