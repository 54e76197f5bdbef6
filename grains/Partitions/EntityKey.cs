namespace OrleansAnalytics.Partitions;

/// <summary>The kinds of entities. Numbers are stored.</summary>
public enum EntityKind : byte
{
    /// <summary>A shopper.</summary>
    User = 1,

    /// <summary>A product.</summary>
    Product = 2,

    /// <summary>A category.</summary>
    Category = 3,

    /// <summary>A brand.</summary>
    Brand = 4,

    /// <summary>A page.</summary>
    Page = 5,
}

/// <summary>Names one entity: its kind and the key of its grain.</summary>
public readonly record struct EntityKey(EntityKind Kind, string Key)
{
    /// <summary>The grain type of this kind, as in grain ids and stored keys.</summary>
    public string GrainType => TypeOf(Kind);

    /// <summary><c>product/123</c>.</summary>
    public override string ToString() => $"{GrainType}/{Key}";

    /// <summary>The entity that a grain is.</summary>
    /// <exception cref="ArgumentException">The grain is no entity.</exception>
    public static EntityKey Of(GrainId grain) => KindOf(grain.Type) is { } kind
        ? new EntityKey(kind, grain.Key.ToString()!)
        : throw new ArgumentException($"{grain} is no entity", nameof(grain));

    /// <summary>The kind of entities of a grain type; null if it is none of theirs.</summary>
    public static EntityKind? KindOf(GrainType type)
    {
        for (var kind = EntityKind.User; kind <= EntityKind.Page; kind++)
        {
            if (type.AsSpan().SequenceEqual(TypeUtf8(kind)))
            {
                return kind;
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> TypeUtf8(EntityKind kind) => kind switch
    {
        EntityKind.User => "user"u8,
        EntityKind.Product => "product"u8,
        EntityKind.Category => "category"u8,
        EntityKind.Brand => "brand"u8,
        _ => "page"u8,
    };

    /// <summary>The grain type of a kind.</summary>
    public static string TypeOf(EntityKind kind) => kind switch
    {
        EntityKind.User => GrainTypes.User,
        EntityKind.Product => GrainTypes.Product,
        EntityKind.Category => GrainTypes.Category,
        EntityKind.Brand => GrainTypes.Brand,
        EntityKind.Page => GrainTypes.Page,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not an entity kind"),
    };
}

/// <summary>Grain types, which are part of stored keys and so are for ever.</summary>
public static class GrainTypes
{
    /// <summary>Of <c>UserGrain</c>.</summary>
    public const string User = "user";

    /// <summary>Of <c>ProductGrain</c>.</summary>
    public const string Product = "product";

    /// <summary>Of <c>CategoryGrain</c>.</summary>
    public const string Category = "category";

    /// <summary>Of <c>BrandGrain</c>.</summary>
    public const string Brand = "brand";

    /// <summary>Of <c>PageGrain</c>.</summary>
    public const string Page = "page";

    /// <summary>Of <c>PartitionGrain</c>.</summary>
    public const string Partition = "partition";

    /// <summary>Of <c>ReportGrain</c>.</summary>
    public const string Report = "report";

    /// <summary>Of <c>SnapshotGrain</c>.</summary>
    public const string Snapshots = "snapshots";

    /// <summary>The name under which the entities' <c>IGrainStorage</c> is registered.</summary>
    public const string EntityStorage = "entities";
}
