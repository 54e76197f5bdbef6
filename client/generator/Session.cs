using System.Runtime.CompilerServices;

namespace OrleansAnalytics.Generator;

/// <summary>A visit under way.</summary>
internal struct Session
{
    /// <summary>Products remembered as lying in the cart.</summary>
    public const int CartSize = 4;

    /// <summary>Events so far.</summary>
    public int Index;

    /// <summary>Events in all.</summary>
    public int Length;

    /// <summary>The event that puts into the cart; −1 for never.</summary>
    public int CartAt;

    /// <summary>The event that buys; −1 for never.</summary>
    public int BuyAt;

    /// <summary>The category that is looked at.</summary>
    public int Category;

    /// <summary>The product that was looked at last.</summary>
    public int Product;

    /// <summary>Things in the cart, at most <see cref="CartSize"/>.</summary>
    public int InCart;

    /// <summary>What they are.</summary>
    public CartProducts Cart;

    /// <summary>True right after a purchase.</summary>
    public bool JustBought;

    /// <summary>How slow this visitor is, as a factor of the usual time between two events.</summary>
    public double Pace;

    [InlineArray(CartSize)]
    internal struct CartProducts
    {
        private int _first;
    }
}
